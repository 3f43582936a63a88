internal import Glibc

/// The file formats that runs are exported to and imported from.
public enum ExchangeFormat: String, CaseIterable, Sendable {
    /// Comma-separated values below a header in comments: Enhanced CSV 1.0, which astropy reads with units.
    case csv
    /// A JSON object on each line; the first describes the others.
    case jsonl
    /// VOTable 1.4 of the International Virtual Observatory Alliance.
    case vot
    /// A table of fixed columns of NASA's Infrared Processing and Analysis Center.
    case tbl

    /// Returns the format for a file's name extension; `nil` for an unknown one.
    public init?(fileName: String) {
        guard let dot = fileName.lastIndex(of: ".") else { return nil }
        self.init(rawValue: fileName[fileName.index(after: dot)...].lowercased())
    }
}

/// Writes a file of rows, piece by piece.
protocol ExchangeWriter {
    /// The text before the first row.
    var head: String { get }
    /// Returns a row of a text for each column; `nil` for NULL.
    func line(_ texts: [String?]) -> String
    /// The text after the last row.
    var foot: String { get }
}

extension ExchangeWriter {
    var foot: String { "" }
}

/// Reads the output of an ``ExchangeWriter``.
protocol ExchangeReader {
    /// Reads the text before the first row.
    ///
    /// - Throws: ``ExchangeProblem``.
    mutating func header(_ lines: LineReader) throws -> ExchangeHeader
    /// Returns the next row, a text for each column, `nil` for NULL; `nil` after the last.
    ///
    /// - Throws: ``ExchangeProblem``.
    mutating func next(_ lines: LineReader) throws -> [String?]?
}

extension ExchangeFormat {
    func makeReader() -> any ExchangeReader {
        switch self {
        case .csv: CSVReader()
        case .jsonl: JSONLinesReader()
        case .vot: VOTableReader()
        case .tbl: IPACReader()
        }
    }
}

/// A problem in a line of a file.
package struct ExchangeProblem: Error, CustomStringConvertible {
    package let description: String
}

/// Reads a text file line by line.
package final class LineReader {
    /// The line ends of a file.
    package enum LineEnds: Sendable {
        /// LF. A CR belongs to the text.
        case lineFeed
        /// LF, CR LF or CR, as in files that went through a spreadsheet. A byte order mark is skipped, too.
        case any
    }

    private let file: UnsafeMutablePointer<FILE>
    private var buffer: UnsafeMutablePointer<CChar>?
    private var capacity = 0
    private let lineEnds: LineEnds
    private var delimiter: Int32 = 0x0A
    /// The number of the last line, from 1.
    package private(set) var number = 0

    /// - Throws: ``LedgerError`` with code `invalidFile` if the file cannot be opened.
    package init(path: String, lineEnds: LineEnds = .lineFeed) throws {
        guard let file = fopen(path, "re") else {
            throw LedgerError(.invalidFile, "cannot read '\(path)': \(String(cString: strerror(errno)))")
        }
        self.file = file
        self.lineEnds = lineEnds
        if lineEnds == .any { findBeginning() }
    }

    /// Chooses the delimiter by the first line's end, and moves behind a byte order mark.
    private func findBeginning() {
        var byte = getc(file)
        while byte != EOF, byte != 0x0A, byte != 0x0D { byte = getc(file) }
        if byte == 0x0D, getc(file) != 0x0A { delimiter = 0x0D }
        rewind(file)
        for byte in [0xEF, 0xBB, 0xBF] as [Int32] where getc(file) != byte {
            rewind(file)
            return
        }
    }

    deinit {
        fclose(file)
        free(buffer)
    }

    /// Returns the next line without its end; `nil` after the last.
    ///
    /// - Throws: ``ExchangeProblem`` for text that is not UTF-8, or if the file cannot be read.
    package func next() throws -> String? {
        let length = getdelim(&buffer, &capacity, delimiter, file)
        guard length >= 0, let buffer else {
            guard ferror(file) == 0 else {
                throw ExchangeProblem(description: "cannot read the file: \(String(cString: strerror(errno)))")
            }
            return nil
        }
        number += 1
        var bytes = UnsafeBufferPointer(start: buffer, count: length)[...]
        if bytes.last == CChar(delimiter) { bytes.removeLast() }
        if lineEnds == .any, bytes.last == 0x0D { bytes.removeLast() }
        let unsigned = bytes.lazy.map { UInt8(bitPattern: $0) }
        guard let text = String(validating: unsigned, as: UTF8.self) else {
            throw ExchangeProblem(description: "it is not UTF-8 text")
        }
        return text
    }
}

extension LineReader {
    /// Returns the rest of the line that begins with `mark`, which must be among the first lines.
    func skip(to mark: String) throws -> Substring {
        while number < 10_000, let line = try next() {
            if line.hasPrefix(mark) { return line.dropFirst(mark.count) }
        }
        throw ExchangeProblem(
            description: "the file does not name the exploration of its runs: it was not written by an export")
    }
}
