internal import ArgumentParser
internal import CommandLineKit
internal import RunLedger
internal import Support
internal import SystemPackage
internal import TextTable

/// The format and the number of printed rows, and the time limit of a query.
struct PrintOptions: ParsableArguments {
    @Option(help: "Print the rows as table, csv, json (an array) or jsonl (an object on each line).")
    var format: ResultFormat = .table

    @Option(help: ArgumentHelp("Print at most this many rows; 0 prints all.", valueName: "n"))
    var limit: Int?

    /// The former name of `--limit`.
    @Option(name: .customLong("rows"), help: .hidden)
    var formerRows: Int?

    @Option(
        help: ArgumentHelp("Stop the database's work after this time, such as 60s or 5m.", valueName: "time"),
        transform: TimeSpan.orSeconds)
    var timeout = TimeSpan(.seconds(60))

    init() {}

    func validate() throws {
        guard limit == nil || formerRows == nil else {
            throw ValidationError("--rows is another name of --limit; give one of them")
        }
        guard rows >= 0 else { throw ValidationError("--limit must not be negative") }
        guard timeout.duration >= .seconds(1) else { throw ValidationError("--timeout must be at least 1s") }
    }

    private var rows: Int { limit ?? formerRows ?? 1_000 }
    /// The maximum number of rows; `nil` for all.
    var rowLimit: Int? { rows == 0 ? nil : rows }
    var timeLimit: Duration { timeout.duration }

    /// Prints the rows, and a note on standard error if there are more.
    func print(_ stream: ResultStream) async throws {
        let count = try await format.print(stream)
        if await stream.isTruncated {
            StandardError.write(
                "only the first \(count) rows are shown; --limit sets the number, --limit 0 shows all\n")
        }
    }
}

/// A format for the rows of a query.
enum ResultFormat: String, CaseIterable, ExpressibleByArgument {
    case table
    case csv
    case json
    case jsonl

    /// Prints rows as they arrive, keeping only a page of them in memory.
    ///
    /// - Returns: the number of printed rows.
    func print(_ stream: ResultStream) async throws -> Int {
        var output = TextOutput()
        var count = 0
        do {
            try output.write(head(stream.columns))
            while case let rows = try await stream.next(), !rows.isEmpty {
                try output.write(text(of: rows, stream.columns, isFirst: count == 0))
                count += rows.count
            }
            try output.write(foot(stream.columns, count: count))
            try output.flush()
        } catch is TextOutput.ReaderClosed {}
        return count
    }

    private func head(_ columns: [ResultTable.Column]) -> String {
        switch self {
        case .table, .jsonl: ""
        case .csv: columns.map { CSVText.field($0.name) }.joined(separator: ",") + "\n"
        case .json: "["
        }
    }

    private func text(of rows: [[Cell]], _ columns: [ResultTable.Column], isFirst: Bool) -> String {
        switch self {
        case .table: table(rows, columns)
        case .csv:
            rows.map { row in row.map { $0 == .null ? "" : CSVText.field($0.formatted) }.joined(separator: ",") + "\n" }
                .joined()
        case .json: (isFirst ? "\n" : ",\n") + rows.map { object($0, columns) }.joined(separator: ",\n")
        case .jsonl: rows.map { object($0, columns) + "\n" }.joined()
        }
    }

    private func foot(_ columns: [ResultTable.Column], count: Int) -> String {
        switch self {
        case .table: count == 0 ? table([], columns) : ""
        case .csv, .jsonl: ""
        case .json: count == 0 ? "]\n" : "\n]\n"
        }
    }

    /// A page of rows under a header.
    private func table(_ rows: [[Cell]], _ columns: [ResultTable.Column]) -> String {
        let table = TextTable<[Cell]> { row in
            columns.enumerated().map { index, column in
                Column(
                    title: column.name.terminalSafe, value: row[index].formatted.terminalSafe,
                    align: column.kind.alignment)
            }
        }
        return table.string(for: rows, style: Style.psql) ?? ""
    }

    private func object(_ row: [Cell], _ columns: [ResultTable.Column]) -> String {
        "{\(zip(columns, row).map { "\(JSONText.quoted($0.name)):\($1.json)" }.joined(separator: ","))}"
    }
}

extension Cell {
    fileprivate var json: String {
        switch self {
        case .null: "null"
        case .integer, .unsigned, .real: formatted
        case .decimal(let text): Int64(text) == nil ? JSONText.quoted(text) : text
        case .text, .bytes: JSONText.quoted(formatted)
        }
    }
}

extension ResultTable.Column.Kind {
    fileprivate var alignment: Alignment {
        switch self {
        case .integer, .real, .decimal: .right
        case .text, .time, .bytes: .left
        }
    }
}

/// Standard output, written in large pieces.
private struct TextOutput: ~Copyable {
    private let descriptor: FileDescriptor
    private var pending: [UInt8] = []
    private static let pieceSize = 1 << 16

    init(_ descriptor: FileDescriptor = .standardOutput) {
        self.descriptor = descriptor
    }

    /// - Throws: `Errno`; ``ReaderClosed`` if the reader has closed the pipe, as `| head` does.
    mutating func write(_ text: String) throws {
        pending += text.utf8
        if pending.count >= Self.pieceSize { try flush() }
    }

    /// Writes everything that is still buffered.
    mutating func flush() throws {
        defer { pending.removeAll(keepingCapacity: true) }
        do {
            try descriptor.writeAll(pending)
        } catch Errno.brokenPipe {
            throw ReaderClosed()
        }
    }

    /// The reader needs no more output. This is not an error of the command.
    struct ReaderClosed: Error {}
}
