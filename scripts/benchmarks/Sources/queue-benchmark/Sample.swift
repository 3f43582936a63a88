/// What one contestant did in one round.
struct Sample: Codable {
    /// Jobs a second, of all consumers together.
    var rate: Double
    /// Microseconds of the contestant's CPU for a job; nil where it is not known.
    var clientCPU: Double?
    /// Microseconds that the server spent in scripts for a job.
    var serverTime: Double
}
