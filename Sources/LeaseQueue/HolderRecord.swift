/// Who holds a job, as it lies in the server: the token in 16 digits; a digit, odd when the job has a history; the
/// consumer's name. Where that digit is 2 or more, a note stands before the name, and before the note its length in
/// bytes, in 3 digits.
struct HolderRecord {
    let token: FencingToken
    let consumer: String
    /// What the consumer said of its work; empty where it said nothing.
    let note: String

    init?(_ bytes: [UInt8]) {
        guard bytes.count >= 17, let token = UInt64(String(decoding: bytes[..<16], as: UTF8.self)) else { return nil }
        self.token = FencingToken(rawValue: token)
        var rest = bytes[17...]
        var noteLength = 0
        if bytes[16] >= UInt8(ascii: "2") {
            guard let length = Int(String(decoding: rest.prefix(3), as: UTF8.self)) else { return nil }
            noteLength = length
            rest = rest.dropFirst(3)
        }
        note = String(decoding: rest.prefix(noteLength), as: UTF8.self)
        consumer = String(decoding: rest.dropFirst(noteLength), as: UTF8.self)
    }

    /// How long ago the job was leased.
    /// - Parameter now: the server's time in microseconds since 1970.
    func age(at now: Int) -> Duration {
        // A token is the server's time in microseconds when it was given out, or a few more.
        .microseconds(max(now - Int(token.rawValue), 0))
    }
}
