internal import ArgumentParser
internal import CommandLineKit
internal import Logging
internal import RunLedger
internal import Support
internal import SystemPackage

/// `atmos map`: draws an exploration's map again.
struct MapCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "map",
        abstract: "Draw the map of an exploration, as SVG and PNG.",
        discussion: """
            Stable points are coloured by an output of the model, unstable ones are crosses. Points that differ only in \
            other parameters than the two axes share a place.

              atmos map --axes CO2,CH4 --data .atmos/earth --output earth-CO2-CH4
            """)

    @Argument(help: "The exploration's name (default: the only one in the ledger).")
    var exploration: String?

    @Option(help: "The files to write, without .svg and .png.")
    var output = "map"

    @OptionGroup var axes: MapAxesOptions
    @OptionGroup var data: DataOptions
    @OptionGroup var log: LogOptions

    func run() async throws {
        try await Program.run("atmos map", log, defaultLevel: .error) { logger in
            let map = try await data.withLedger(mentioning: exploration ?? "", logger: logger) { ledger, _ in
                let registered = try await ExplorationChoice.choose(exploration, from: ledger.registered())
                let definition = try registered.readDefinition()
                return try await ExplorationMap.make(of: definition, ledger: ledger, axes: axes)
            }
            let path = FilePath(output)
            guard let name = path.lastComponent else {
                throw SettingError(description: "--output needs the name of a file, without .svg and .png")
            }
            let files = try map.write(to: path.removingLastComponent(), name: name.string)
            print("map: \(files.map(\.string).joined(separator: " and "))")
            return .success
        }
    }
}
