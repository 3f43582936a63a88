/// Encoded commands on their way out.
struct OutgoingBytes {
    private var bytes: [UInt8] = []
    private var offset = 0

    var isEmpty: Bool { bytes.isEmpty }

    /// Adds a command.
    /// - Returns: how many bytes it has.
    @discardableResult
    mutating func append(_ command: RedisCommand) -> Int {
        let start = bytes.count
        command.encode(into: &bytes)
        return bytes.count - start
    }

    /// Moves all of `other` to the end of this.
    mutating func take(_ other: inout OutgoingBytes) {
        if isEmpty {
            swap(&self, &other)
        } else {
            other.withUnsafeBytes { bytes.append(contentsOf: $0) }
            other.clear()
        }
    }

    /// Drops the first `count` bytes: they are sent.
    mutating func remove(_ count: Int) {
        offset += count
        if offset == bytes.count { clear() }
    }

    func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        bytes.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[offset...])) }
    }

    private mutating func clear() {
        // The space is kept for the next commands, unless a huge one has made it huge.
        bytes.removeAll(keepingCapacity: bytes.capacity <= 1 << 20)
        offset = 0
    }
}
