internal import SystemPackage

/// The end of a log file.
enum LogTail {
    /// The last lines of a file, as many as there are up to a limit; none when it cannot be read.
    ///
    /// - Parameters:
    ///   - start: The offset in bytes before which nothing is read.
    ///   - limit: How many lines at most.
    static func lines(of path: FilePath, from start: Int64, limit: Int = 20) -> [String] {
        let longest: Int64 = 8 * 1024
        guard let file = try? FileDescriptor.open(path, .readOnly, options: .closeOnExec) else { return [] }
        defer { try? file.close() }
        guard let end = try? file.seek(offset: 0, from: .end) else { return [] }
        let from = max(start, end - longest)
        var bytes = [UInt8](repeating: 0, count: Int(max(0, end - from)))
        let count = (try? bytes.withUnsafeMutableBytes { try file.read(fromAbsoluteOffset: from, into: $0) }) ?? 0
        return bytes[..<count].split(separator: UInt8(ascii: "\n"))
            .suffix(limit)
            .map { String(decoding: $0, as: UTF8.self) }
    }
}
