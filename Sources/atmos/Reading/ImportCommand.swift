internal import ArgumentParser
internal import CommandLineKit
internal import ExplorationFile
internal import Logging
internal import ParameterSpace
internal import RunLedger
internal import Support

/// `atmos import`: an exported file into a fresh ledger.
struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Read an exported file into a ledger that has no runs of its exploration yet.",
        discussion: """
            All of the file is imported, or nothing: a wrong line is named with what is wrong about it. The exploration \
            is registered as the file describes it; `atmos explore` can then go on from there, after `atmos reconcile`.

              atmos import earth.csv --data .atmos/earth-again
            """)

    @Argument(help: "The file, as `atmos export` wrote it: .csv, .jsonl, .vot or .tbl.")
    var file: String

    @OptionGroup var target: ImportTarget
    @OptionGroup var log: LogOptions

    func run() async throws {
        try await Program.run("atmos import", log, defaultLevel: .error) { logger in
            let runs = try RunFile(path: file, format: ExchangeFile.format(of: file))
            let definition = try DefinitionReader.read(
                text: runs.schema.definition, file: "the definition in \(file)")
            let count = try await target.withLedger(of: definition, logger: logger) { ledger in
                try await read(runs, definition, into: ledger)
            }
            print("\(count) runs of '\(definition.name)' imported")
            return .success
        }
    }

    private func read(
        _ runs: RunFile, _ definition: ExplorationDefinition, into ledger: RunLedger
    ) async throws -> Int {
        let space = definition.space
        return try await ledger.importRuns(from: runs) { hash, code in
            Self.problem(hash: hash, code: code, space)
        }
    }

    /// The hash is the key of a run, and of everything that is known of it; a file that was edited may have wrong ones.
    private static func problem(hash: [UInt8], code: String?, _ space: Space) -> String? {
        guard let code else { return nil }
        do {
            let right = space.hash(of: try space.point(code: code))
            return right.bytes == hash
                ? nil : "the point \(code) has the hash \(right), not \(Hexadecimal.encode(hash))"
        } catch {
            return "\(error)"
        }
    }
}
