internal import Glibc
package import SystemPackage

/// The end of a model's output.
package struct LogTail: Sendable, Hashable {
    /// The largest size: 64 KiB.
    package static let maxBytes = 64 << 10

    /// The text; bytes that are not UTF-8 are replaced.
    package let text: String

    /// Reads the end of an open log of any length. A log that cannot be read counts as empty.
    package init(of log: FileDescriptor) {
        var bytes: [UInt8] = []
        if let size = try? log.seek(offset: 0, from: .end) {
            let start = max(0, size - Int64(Self.maxBytes))
            bytes = [UInt8](unsafeUninitializedCapacity: Int(size - start)) { buffer, count in
                count = (try? log.read(fromAbsoluteOffset: start, into: UnsafeMutableRawBufferPointer(buffer))) ?? 0
            }
            // The cut can be inside a character, whose last bytes would appear as replacement characters.
            if start > 0 { bytes.removeFirst(bytes.prefix(3).prefix { $0 & 0xC0 == 0x80 }.count) }
        }
        text = String(decoding: bytes, as: UTF8.self)
    }

    /// The line that explains the end of a run: the last error of gfortran's runtime, which addresses of a backtrace follow,
    /// else the last line.
    var explanation: String? { lastLine(where: { $0.contains("Fortran runtime error: ") }) ?? lastLine }

    /// The last line that is not blank, without control characters and cut to 200 characters; `nil` if there is none.
    var lastLine: String? { lastLine(where: { !$0.allSatisfy(\.isWhitespace) }) }

    private func lastLine(where isWanted: (Substring) -> Bool) -> String? {
        let lines = text.split(whereSeparator: \.isNewline)
        guard let line = lines.last(where: isWanted) else { return nil }
        let printable = String(
            String.UnicodeScalarView(line.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }))
        let words = printable.split(separator: " ").joined(separator: " ")
        return words.count <= 200 ? words : words.prefix(199) + "…"
    }

    /// Whether the text says, in the wording of common runtimes, that memory ran out.
    var reportsOutOfMemory: Bool {
        let end = text.suffix(4096).lowercased()
        return Self.memoryWords.contains { end.contains($0) }
    }

    private static let memoryWords = [
        "cannot allocate memory", "out of memory", "memoryerror", "memory exhausted", "bad_alloc",
        "allocation would exceed memory limit",
        "insufficient virtual memory", "failed to map segment", "memory allocation failed",
    ]
}
