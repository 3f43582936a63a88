/// Reads the history of a job: for each entry a line `KIND TOKEN TIME HOLDER-LENGTH ERROR-LENGTH`, then holder and error.
enum FailureHistory {
    static func entries(_ bytes: [UInt8]) -> [DeadLetter.Failure]? {
        var entries: [DeadLetter.Failure] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            guard let end = rest.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
            let fields = String(decoding: rest[..<end], as: UTF8.self).split(separator: " ")
            rest = rest[(end + 1)...]
            guard fields.count == 5, let token = UInt64(fields[1]), let time = Int64(fields[2]),
                let holderLength = Int(fields[3]), let errorLength = Int(fields[4]), holderLength >= 0,
                errorLength >= 0,
                holderLength + errorLength <= rest.count
            else { return nil }
            entries.append(
                DeadLetter.Failure(
                    kind: fields[0] == "f" ? .failed : .crashed, token: FencingToken(rawValue: token), time: time,
                    consumer: String(decoding: rest.prefix(holderLength), as: UTF8.self),
                    error: String(decoding: rest.dropFirst(holderLength).prefix(errorLength), as: UTF8.self)))
            rest = rest.dropFirst(holderLength + errorLength)
        }
        return entries
    }
}
