internal import ArgumentParser
internal import CommandLineKit
internal import ExplorationFile
internal import Logging
internal import ParameterSpace
internal import RunLedger
internal import Support

/// `atmos show`: a point's history.
struct ShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show a point's history: values, outputs, verdict, attempts, the path to it, its neighbours.",
        discussion: """
              atmos show 0.21,0.7772982887,0.0123,1.63e-6,0.0004,8.13e-8
              atmos show 3f9c
              atmos show -- -5,0        (if the first value is negative)

            If the ledger has several explorations, all of them are searched, unless --exploration chooses one.
            """)

    @Argument(help: "The point's code (its values, comma-separated), its hash, or the first digits of its hash.")
    var point: String

    @OptionGroup var exploration: ExplorationOption
    @OptionGroup var data: DataOptions
    @OptionGroup var log: LogOptions

    func run() async throws {
        try await Program.run("atmos show", log, defaultLevel: .error) { logger in
            let name = try exploration.name()
            let histories = try await data.withLedger(of: name, logger: logger) { [point, exploration] ledger, _ in
                let registered = try await ledger.registered()
                let candidates = name == nil ? registered : [try exploration.choose(from: registered)]
                return try await Self.histories(of: point, in: candidates, ledger)
            }
            print(histories.joined(separator: "\n\n"))
            return .success
        }
    }

    private static func histories(
        of point: String, in candidates: [RegisteredExploration], _ ledger: RunLedger
    ) async throws -> [String] {
        var histories: [String] = []
        for candidate in candidates {
            let definition = try candidate.readDefinition()
            switch try await PointLookup(definition: definition, ledger: ledger).find(point) {
            case .known(let hash): histories.append(try await history(of: hash, candidate, definition, ledger))
            case .unknown: continue
            case .ambiguous(let hashes): throw PointLookup.ambiguous(point, hashes)
            }
        }
        guard !histories.isEmpty else {
            throw SettingError(description: "the ledger has no point '\(point)'; `atmos why` says why not")
        }
        return histories
    }

    private static func history(
        of hash: PointHash, _ exploration: RegisteredExploration, _ definition: ExplorationDefinition,
        _ ledger: RunLedger
    ) async throws -> String {
        guard let run = try await ledger.run(hash.bytes, in: exploration.table),
            let point = try await ledger.points([hash.bytes], in: exploration.table)[0]
        else { throw SettingError(description: "the point \(hash) was just deleted from the ledger") }
        let attempts = try await ledger.attempts(of: hash.bytes, in: exploration.table)
        let surroundings = try await PointSurroundings.read(of: point, definition, ledger)
        return PointHistory(exploration: exploration, run: run, attempts: attempts, surroundings: surroundings).text
    }
}
