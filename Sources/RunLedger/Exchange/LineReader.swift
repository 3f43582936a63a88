internal import Glibc

/// Reads a file of text line by line.
package final class LineReader {
    private let file: UnsafeMutablePointer<FILE>
    private var buffer: UnsafeMutablePointer<CChar>?
    private var capacity = 0
    /// The number of the line that was read last, from 1.
    package private(set) var number = 0

    /// - Throws: ``LedgerError`` with code `invalidFile` where the file cannot be opened.
    package init(path: String) throws {
        guard let file = fopen(path, "re") else {
            throw LedgerError(.invalidFile, "“\(path)” cannot be read: \(String(cString: strerror(errno))).")
        }
        self.file = file
    }

    deinit {
        fclose(file)
        free(buffer)
    }

    /// The next line without its end; nil after the last.
    ///
    /// - Throws: ``ExchangeProblem`` for what is not UTF-8, or where the file cannot be read on.
    package func next() throws -> String? {
        let length = getline(&buffer, &capacity, file)
        guard length >= 0, let buffer else {
            guard ferror(file) == 0 else {
                throw ExchangeProblem(description: "it cannot be read on: \(String(cString: strerror(errno)))")
            }
            return nil
        }
        number += 1
        var bytes = UnsafeBufferPointer(start: buffer, count: length)[...]
        if bytes.last == CChar(0x0A) { bytes.removeLast() }
        let unsigned = bytes.lazy.map { UInt8(bitPattern: $0) }
        guard let text = String(validating: unsigned, as: UTF8.self) else {
            throw ExchangeProblem(description: "it is not UTF-8 text")
        }
        return text
    }
}

/// Reads what an ``ExchangeWriter`` has written.
protocol ExchangeReader {
    /// Reads what stands before the first run.
    ///
    /// - Throws: ``ExchangeProblem``.
    mutating func header(_ lines: LineReader) throws -> ExchangeHeader
    /// The next run, a text for each column, nil for NULL; nil after the last.
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

extension LineReader {
    /// The rest of the line that begins with `mark`, which is looked for among the first lines.
    func skip(to mark: String) throws -> Substring {
        while number < 10_000, let line = try next() {
            if line.hasPrefix(mark) { return line.dropFirst(mark.count) }
        }
        throw ExchangeProblem(
            description: "the file does not say which exploration its runs are of: it was not written by an export")
    }
}
