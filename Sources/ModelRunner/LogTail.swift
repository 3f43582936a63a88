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

    /// The cause that the log gives, for a sentence: `its log ends with: …`; `nil` if the log is blank.
    ///
    /// It is the last line that is not blank. After a crash, gfortran prints the addresses of a backtrace; the error
    /// before them counts then: `its log says: Fortran runtime error: …`.
    var cause: String? {
        let lines = text.split(whereSeparator: \.isNewline).filter { !$0.allSatisfy(\.isWhitespace) }
        guard let last = lines.last else { return nil }
        if let error = lines.last(where: Self.isFortranError), error.startIndex != last.startIndex {
            return "its log says: \(Self.oneLine(error))"
        }
        return "its log ends with: \(Self.oneLine(last))"
    }

    private static func isFortranError(_ line: Substring) -> Bool {
        let line = line.drop(while: \.isWhitespace)
        return ["Fortran runtime error:", "Program received signal "].contains { line.hasPrefix($0) }
    }

    /// The line without control characters and cut to 200 characters.
    private static func oneLine(_ line: Substring) -> String {
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
