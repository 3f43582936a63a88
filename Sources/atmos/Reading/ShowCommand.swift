internal import ArgumentParser
internal import Exploration
internal import Hashing
internal import Logging
internal import ParameterSpace
internal import RunLedger

/// `atmos show`: one point's whole history.
struct ShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show a point's whole history: values, outputs, verdict, and every attempt.")

    @Argument(help: "The point's hash (64 hexadecimal digits) or its code (its values, comma-separated).")
    var point: String

    @Option(help: "Look in this exploration only.")
    var exploration: String?

    @OptionGroup var data: DataOptions
    @OptionGroup var log: LogOptions

    func run() async throws {
        try await Program.run("atmos show", log, defaultLevel: .error) { logger in
            let found = try await data.withLedger(logger: logger) { [point, exploration] ledger, _ in
                try await Self.histories(of: point, in: exploration, ledger)
            }
            guard !found.isEmpty else {
                throw SettingError(description: "the ledger has no point '\(point)'")
            }
            print(found.joined(separator: "\n\n"))
            return .success
        }
    }

    private static func histories(
        of point: String, in exploration: String?, _ ledger: RunLedger
    ) async throws -> [String] {
        let registered = try await ledger.registered().filter { exploration == nil || $0.name == exploration }
        if let exploration, registered.isEmpty {
            throw SettingError(description: "the ledger has no exploration '\(exploration)'")
        }
        var histories: [String] = []
        for candidate in registered {
            guard let hash = hash(of: point, in: candidate),
                let run = try await ledger.run(hash, in: candidate.table)
            else { continue }
            let attempts = try await ledger.attempts(of: hash, in: candidate.table)
            histories.append(RunHistory(exploration: candidate, run: run, attempts: attempts).text)
        }
        return histories
    }

    /// A code is one however it was written, so it is looked up by the hash of the point that it spells.
    private static func hash(of point: String, in exploration: RegisteredExploration) -> [UInt8]? {
        if let hash = PointHash(point) { return hash.bytes }
        guard
            let definition = try? DefinitionReader.read(
                text: exploration.definition, file: "the ledger's copy of \(exploration.name)"),
            let spelled = try? definition.space.point(code: point)
        else { return nil }
        return definition.space.hash(of: spelled).bytes
    }
}
