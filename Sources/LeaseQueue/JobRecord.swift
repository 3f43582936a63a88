/// A job as it lies in the server: a head of 21 bytes, described in `record.lua`, and the payload.
struct JobRecord {
    private static let headLength = 21

    let priority: Int
    let failures: Int
    let crashes: Int
    let releases: Int
    let enqueuedAt: Int64
    let originToken: FencingToken?
    let payload: [UInt8]

    init?(_ bytes: [UInt8]) {
        guard bytes.count >= Self.headLength else { return nil }
        priority = Int(bytes[0] % 16)
        failures = Int(Self.number(bytes[1..<3]))
        crashes = Int(Self.number(bytes[3..<5]))
        releases = Int(Self.number(bytes[5..<7]))
        enqueuedAt = Int64(Self.number(bytes[7..<14]))
        let origin = Self.number(bytes[14..<21])
        originToken = origin == 0 ? nil : FencingToken(rawValue: origin)
        payload = Array(bytes[Self.headLength...])
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }
}
