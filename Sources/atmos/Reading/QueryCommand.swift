internal import ArgumentParser
internal import CommandLineKit
internal import Logging
internal import RunLedger
internal import Support
internal import SystemPackage

/// `atmos query`: read-only SQL on the ledger.
struct QueryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "query",
        abstract: "Query the ledger in SQL; nothing can be changed.",
        discussion: """
            Each exploration has a table named after it (habitable-zone: habitable_zone) with a row for each point: a \
            column for each parameter and each output of the model, the state, the verdict, and data about the run. \
            Views answer the usual questions: TABLE_progress, TABLE_workers, TABLE_errors, TABLE_frontier, \
            TABLE_slowest.

              atmos query "SELECT verdict, COUNT(*) FROM habitable_zone GROUP BY verdict"
              atmos query --exploration earth --format csv "SELECT CO2, CH4 FROM earth WHERE verdict = 'stable'"
              atmos query "SELECT axis, direction, COUNT(*) FROM earth_frontier GROUP BY axis, direction"
              atmos query --file edge.sql --format jsonl
              echo "SELECT * FROM earth_errors" | atmos query -

            Explorations of this machine have separate databases, in folders of .atmos. Without --exploration or \
            --data, the one that was explored last is queried; if there are several, a line on standard error names \
            it.
            """)

    @OptionGroup var statement: QueryStatement
    @OptionGroup var exploration: ExplorationOption
    @OptionGroup var printing: PrintOptions
    @OptionGroup var data: DataOptions
    @OptionGroup var log: LogOptions

    func run() async throws {
        try await Program.run("atmos query", log, defaultLevel: .error) { logger in
            let sql = try statement.read()
            do {
                try await data.withLedger(of: exploration.name(), anySchema: true, logger: logger) {
                    [printing] ledger, _ in
                    try await printing.print(
                        ledger.stream(sql, rowLimit: printing.rowLimit, timeLimit: printing.timeLimit))
                }
            } catch let error as LedgerError where error.serverCode == Self.unknownTable {
                guard let names = data.otherExplorations else { throw error }
                throw SettingError(
                    description: "\(error.message); each exploration has a separate database: choose one with "
                        + "--exploration: \(names)")
            }
            return .success
        }
    }

    /// `ER_NO_SUCH_TABLE` of MariaDB and MySQL.
    private static let unknownTable: UInt32 = 1146
}

/// The statement of `atmos query`: from the command line, a file, or standard input.
struct QueryStatement: ParsableArguments {
    // A statement may begin with a comment, “-- …”, which must not be parsed as an option.
    @Argument(
        parsing: .allUnrecognized,
        help: ArgumentHelp("One SELECT statement in quotes; - reads it from standard input.", valueName: "sql"))
    private var words: [String] = []

    @Option(help: "Read the statement from this file; - for standard input.")
    var file: String?

    private static let maxBytes = 1 << 20

    init() {}

    func validate() throws {
        if let option = given.first(where: Self.isOption) { throw ValidationError("Unknown option '\(option)'") }
        guard file == nil || given.isEmpty else {
            throw ValidationError("give the statement itself or --file, not both")
        }
        guard given.count < 2 else {
            throw ValidationError("the statement is one argument, so put it in quotes: atmos query \"SELECT …\"")
        }
        guard file != nil || given.count == 1 else {
            throw ValidationError(
                "there is no statement: give one in quotes, name its file with --file, or pipe it into atmos query -")
        }
    }

    /// - Throws: ``SettingError`` if a file cannot be read or is not text.
    func read() throws(SettingError) -> String {
        guard let source = file ?? given.first else { preconditionFailure("validate() requires a statement") }
        if source == "-" { return try Self.text(of: .standardInput, called: "standard input") }
        guard file != nil else { return source }
        let descriptor: FileDescriptor
        do {
            descriptor = try FileDescriptor.open(FilePath(source), .readOnly, options: .closeOnExec)
        } catch {
            throw SettingError(description: "'\(source)' cannot be read: \(error)")
        }
        defer { try? descriptor.close() }
        return try Self.text(of: descriptor, called: "'\(source)'")
    }

    /// The words without a leading `--`.
    private var given: ArraySlice<String> { words.first == "--" ? words.dropFirst() : words[...] }

    private static func isOption(_ word: String) -> Bool {
        guard word.hasPrefix("-"), word != "-" else { return false }
        let isComment = word.hasPrefix("--") && (word.dropFirst(2).first?.isWhitespace ?? false)
        return !isComment
    }

    private static func text(of descriptor: FileDescriptor, called name: String) throws(SettingError) -> String {
        var bytes: [UInt8] = []
        do {
            var piece = [UInt8](repeating: 0, count: 1 << 16)
            while case let count = try piece.withUnsafeMutableBytes({ try descriptor.read(into: $0) }), count > 0 {
                bytes += piece[..<count]
                guard bytes.count <= maxBytes else {
                    throw SettingError(description: "\(name) is longer than a statement may be (\(maxBytes) bytes)")
                }
            }
        } catch let error as SettingError {
            throw error
        } catch {
            throw SettingError(description: "\(name) cannot be read: \(error)")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw SettingError(description: "\(name) is not UTF-8 text")
        }
        return text
    }
}
