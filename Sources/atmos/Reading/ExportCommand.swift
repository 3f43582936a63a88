internal import ArgumentParser
internal import CommandLineKit
internal import FoundationEssentials
internal import Glibc
internal import Logging
internal import RunLedger
internal import Support
internal import SystemPackage

/// `atmos export`: runs as a file that other programs read.
struct ExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write runs to a file: CSV, JSON lines, VOTable or an IPAC table, by the file's extension.",
        discussion: """
            Each run has all columns of its table: exact parameters, outputs, verdict, and the provenance of its latest \
            attempt. Units and descriptions stand in the header. `atmos import` reads the file back. With --attempts the \
            file has the history instead: a line for each attempt at these runs, with worker, host, model, times, how it \
            failed, exit status, memory, and the end of its log (but not in an IPAC table).

              atmos export earth.csv              (Enhanced CSV: any spreadsheet, pandas, astropy)
              atmos export earth.jsonl            (an object on each line, the first describes the others)
              atmos export earth.vot              (VOTable 1.4: TOPCAT, astropy)
              atmos export earth.tbl --verdict stable --where "CO2 > 0.1"    (IPAC table)
              atmos export failures.jsonl --attempts --state error
            """)

    @Argument(help: "The file to write: its name ends with .csv, .jsonl, .vot or .tbl.")
    var file: String

    @Flag(help: "Write the attempts at these runs, rather than the runs.")
    var attempts = false

    @Flag(help: "Replace the file if it is there.")
    var force = false

    @Option(help: "The exploration's name (default: the only one in the ledger).")
    var exploration: String?

    @OptionGroup var filter: RunFilterOptions
    @OptionGroup var data: DataOptions
    @OptionGroup var log: LogOptions

    func run() async throws {
        try await Program.run("atmos export", log, defaultLevel: .error) { logger in
            let format = try ExchangeFile.format(of: file)
            guard force || !FileManager.default.fileExists(atPath: file) else {
                throw SettingError(description: "'\(file)' is there already; --force replaces it")
            }
            let count = try await data.withLedger(mentioning: exploration ?? "", logger: logger) { [self] ledger, _ in
                let registered = try await ExplorationChoice.choose(exploration, from: ledger.registered())
                return try await write(registered, format, ledger)
            }
            print("\(count) \(attempts ? "attempts" : "runs") written to \(file)")
            return .success
        }
    }

    /// Under another name until it is whole, so that nobody takes half a file for one.
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
}

extension ExportCommand {
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

/// Files of runs by their names.
enum ExchangeFile {
    /// - Throws: ``SettingError`` for an extension that stands for no format.
    static func format(of file: String) throws(SettingError) -> ExchangeFormat {
        guard let format = ExchangeFormat(fileName: file) else {
            let endings = ExchangeFormat.allCases.map { ".\($0.rawValue)" }.joined(separator: ", ")
            throw SettingError(
                description: "'\(file)': the name must end with one of \(endings), which says the format")
        }
        return format
    }
}
