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
    private let file: UnsafeMutablePointer<FILE>
    private var buffer: UnsafeMutablePointer<CChar>?
    private var capacity = 0
    /// The number of the last line, from 1.
    package private(set) var number = 0

    /// The ends of lines in a file.
    package enum LineEnds: Sendable {
        /// A line feed, as exports have it; a carriage return is part of a text.
        case lineFeed
        /// A line feed, a carriage return, or both: the file may come from any system.
        case any
    }

    private let ends: LineEnds
    /// Lines that were read and not returned, the next one last.
    private var waiting: [String] = []

    /// A byte order mark at the start of the file is skipped.
    ///
    /// - Throws: ``LedgerError`` with code `invalidFile` if the file cannot be opened.
    package init(path: String, ends: LineEnds = .lineFeed) throws {
        self.ends = ends
        guard let file = fopen(path, "re") else {
            throw LedgerError(.invalidFile, "cannot read '\(path)': \(String(cString: strerror(errno)))")
        }
        self.file = file
    }

    deinit {
        fclose(file)
        free(buffer)
    }

    /// Returns the next line without its end; `nil` after the last.
    ///
    /// - Throws: ``ExchangeProblem`` for text that is not UTF-8, or if the file cannot be read.
    package func next() throws -> String? {
        if waiting.isEmpty, var line = try readLine() {
            if number == 0, line.first == "\u{FEFF}" { line.removeFirst() }
            switch ends {
            case .lineFeed: waiting = [line]
            case .any:
                if line.last == "\r" { line.removeLast() }
                waiting = line.split(separator: "\r", omittingEmptySubsequences: false).map(String.init).reversed()
            }
        }
        guard let line = waiting.popLast() else { return nil }
        number += 1
        return line
    }

    private func readLine() throws -> String? {
        let length = getline(&buffer, &capacity, file)
        guard length >= 0, let buffer else {
            guard ferror(file) == 0 else {
                throw ExchangeProblem(description: "cannot read the file: \(String(cString: strerror(errno)))")
            }
            return nil
        }
        var bytes = UnsafeBufferPointer(start: buffer, count: length)[...]
        if bytes.last == CChar(0x0A) { bytes.removeLast() }
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
