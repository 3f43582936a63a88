/// Who holds a job, as it lies in the server: the token in 16 digits, `1` when the job has a history, otherwise `0`, and
/// the consumer's name.
struct HolderRecord {
    let token: FencingToken
    let consumer: String

    init?(_ bytes: [UInt8]) {
        guard bytes.count >= 17, let token = UInt64(String(decoding: bytes[..<16], as: UTF8.self)) else { return nil }
        self.token = FencingToken(rawValue: token)
        consumer = String(decoding: bytes[17...], as: UTF8.self)
    }

    /// How long ago the job was leased.
    /// - Parameter now: the server's time in microseconds since 1970.
    func age(at now: Int) -> Duration {
        // A token is the server's time in microseconds when it was given out, or a few more.
        .microseconds(max(now - Int(token.rawValue), 0))
    }
}
