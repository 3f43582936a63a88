/// Encoded commands on their way out.
struct OutgoingBytes {
    private var bytes: [UInt8] = []
    private var offset = 0

    var isEmpty: Bool { bytes.isEmpty }

    mutating func append(_ command: RedisCommand) {
        command.encode(into: &bytes)
    }

    /// Drops the first `count` bytes: they are sent.
    mutating func remove(_ count: Int) {
        offset += count
        guard offset == bytes.count else { return }
        // The space is kept for the next commands, unless a huge one has made it huge.
        bytes.removeAll(keepingCapacity: bytes.capacity <= 1 << 20)
        offset = 0
    }

    func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        bytes.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[offset...])) }
    }
}
