package import LeaseQueue

/// How long a job takes, from nothing but a queue's counters.
package enum RunTimeEstimate {
    /// Ends of jobs within a minute that are enough to go by that minute.
    private static let enough = 20

    /// By Little's law: the jobs in work, divided by how many end in a second. It is exact where the number in work has
    /// been the same for a while, and too long while workers are being added, for which there is the bound.
    ///
    /// - Parameter limit: the time that no job can take longer than.
    /// - Returns: nil while nothing has been completed.
    package static func runTime(
        leased: Int, lastMinute: QueueRates, lastHour: QueueRates, limit: Duration
    ) -> Duration? {
        let (completed, window) =
            lastMinute.completed >= enough
            ? (lastMinute.completed, Duration.seconds(60)) : (lastHour.completed, .seconds(3600))
        guard completed > 0, leased > 0 else { return nil }
        return min(window * (Double(leased) / Double(completed)), limit)
    }
}
