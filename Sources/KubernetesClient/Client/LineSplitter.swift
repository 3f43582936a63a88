/// Makes lines of chunks of any length.
struct LineSplitter {
    private var rest: [UInt8] = []

    /// The lines that are whole with this chunk; empty ones do not count.
    mutating func add(_ chunk: [UInt8]) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        var start = chunk.startIndex
        while let end = chunk[start...].firstIndex(of: UInt8(ascii: "\n")) {
            let line = rest + chunk[start..<end]
            rest = []
            if !line.isEmpty { lines.append(line) }
            start = end + 1
        }
        rest += chunk[start...]
        return lines
    }
}
