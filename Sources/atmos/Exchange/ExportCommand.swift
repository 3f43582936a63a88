internal import ArgumentParser
internal import CommandLineKit
internal import FoundationEssentials
internal import Glibc
internal import Logging
internal import RunLedger
internal import Support
internal import SystemPackage

/// `atmos export`: runs as a file for other programs.
struct ExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write runs to a file: CSV, JSON lines, VOTable or an IPAC table, by the file's extension.",
        discussion: """
            Each run has all columns of its table: exact parameters, outputs, verdict, and the provenance of its \
            latest attempt. The header has units and descriptions. `atmos import` reads the file back. With --attempts \
            the file has a line for each attempt at these runs instead, with worker, host, model, times, error, exit \
            status, memory, and the end of the log (the log is left out of an IPAC table).

              atmos export earth.csv              (Enhanced CSV: any spreadsheet, pandas, astropy)
              atmos export earth.jsonl            (an object on each line, the first describes the others)
              atmos export earth.vot              (VOTable 1.4: TOPCAT, astropy)
              atmos export earth.tbl --verdict stable --where "CO2 > 0.1"    (IPAC table)
              atmos export failures.jsonl --attempts --state error
            """)

    @Argument(help: "The file to write: its name ends with .csv, .jsonl, .vot or .tbl.")
    var file: String

    @Flag(help: "Write the attempts at these runs instead of the runs.")
    var attempts = false

    @Flag(help: "Replace an existing file.")
    var force = false

    @OptionGroup var exploration: ExplorationOption
    @OptionGroup var filter: RunFilterOptions
    @OptionGroup var data: DataOptions
    @OptionGroup var log: LogOptions

    func run() async throws {
        try await Program.run("atmos export", log, defaultLevel: .error) { logger in
            let format = try ExchangeFormat.named(by: file)
            guard force || !FileManager.default.fileExists(atPath: file) else {
                throw SettingError(description: "'\(file)' exists already; --force replaces it")
            }
            let count = try await data.withLedger(of: exploration.name(), logger: logger) { [self] ledger, _ in
                try await write(exploration.choose(from: ledger.registered()), format, ledger)
            }
            print("\(count) \(attempts ? "attempts" : "runs") written to \(file)")
            return .success
        }
    }

    /// Writes the file under a temporary name and renames it, so that no reader takes half a file for a whole one.
    private func write(
        _ exploration: RegisteredExploration, _ format: ExchangeFormat, _ ledger: RunLedger
    ) async throws -> Int {
        let unfinished = "\(file).unfinished-\(ProcessInfo.processInfo.processIdentifier)"
        let descriptor: FileDescriptor
        do {
            descriptor = try FileDescriptor.open(
                FilePath(unfinished), .writeOnly, options: [.create, .truncate],
                permissions: [.ownerReadWrite, .groupRead, .otherRead])
        } catch let error as Errno {
            throw SettingError(description: "'\(file)' cannot be written: \(error)")
        }
        do {
            let count: Int
            do {
                count = try await export(exploration, format, ledger) { _ = try descriptor.writeAll($0.utf8) }
            } catch {
                try? descriptor.close()
                throw error
            }
            try descriptor.close()
            guard rename(unfinished, file) == 0 else {
                throw SettingError(description: "'\(file)' cannot be written: \(Errno(rawValue: errno))")
            }
            return count
        } catch {
            try? FileManager.default.removeItem(atPath: unfinished)
            throw error
        }
    }

    private func export(
        _ exploration: RegisteredExploration, _ format: ExchangeFormat, _ ledger: RunLedger,
        to write: (String) throws -> Void
    ) async throws -> Int {
        let (table, filter) = (exploration.table, filter.filter)
        return attempts
            ? try await ledger.exportAttempts(of: table, filter, as: format, to: write)
            : try await ledger.exportRuns(of: table, filter, as: format, to: write)
    }
}

extension ExchangeFormat {
    /// The format that a file's extension stands for.
    ///
    /// - Throws: ``SettingError`` for any other extension.
    static func named(by file: String) throws(SettingError) -> ExchangeFormat {
        guard let format = ExchangeFormat(fileName: file) else {
            let endings = ExchangeFormat.allCases.map { ".\($0.rawValue)" }.joined(separator: ", ")
            throw SettingError(
                description: "'\(file)': the name must end with one of \(endings), which names the format")
        }
        return format
    }
}
