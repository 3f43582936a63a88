internal import ArgumentParser
internal import ArtifactStore
internal import CommandLineKit
internal import ExplorationFile
internal import FoundationEssentials
internal import Logging
internal import ModelRunner
internal import RunLedger
internal import Support
internal import SystemPackage

/// `atmos plot profile`: the temperature and the mixing ratios of a run of Atmos against altitude.
struct PlotProfileCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "profile",
        abstract: "Draw the temperature and the mixing ratios of a run of Atmos against altitude, as SVG and PNG.",
        discussion: """
              atmos plot profile 0.21,0.7772982887,0.0123,1.63e-6,0.0004,8.13e-8 --species O3,H2O,CH4
              atmos plot profile 3f9c --output earth
              atmos plot profile --files .atmos/atmos-earth/artifacts/3f/9c/3f9c…

            The files of the run are read from where the ledger says that they are. For files in a bucket, \
            \(EnvironmentNames.artifactsURL) must name it, as it does for workers.
            """)

    @Argument(help: "The point's code (its values, comma-separated), its hash, or the first digits of its hash.")
    var point: String?

    @Option(help: "Read the files of a run in this folder, and no ledger.")
    var files: String?

    @Option(help: "Draw these species, at most 6 (default: the most usual ones that the run has).")
    var species: String?

    @Option(help: "Write the chart to this file, named without .svg and .png.")
    var output = "profile"

    @OptionGroup var exploration: ExplorationOption
    @OptionGroup var data: DataOptions
    @OptionGroup var log: LogOptions

    func validate() throws {
        guard (point == nil) != (files == nil) else {
            throw ValidationError("name a point, or a folder with --files")
        }
    }

    func run() async throws {
        try await Program.run("atmos plot profile", log, defaultLevel: .error) { logger in
            let chart = try await chart(logger)
            try chart.write(svg: output + ".svg", png: output + ".png")
            print("profile: \(output).svg and \(output).png")
            return .success
        }
    }

    private func chart(_ logger: Logger) async throws -> LineChartOfProfile {
        if let files {
            return try chart(of: FilePath(files), title: FilePath(files).lastComponent?.string ?? files)
        }
        let name = try exploration.name()
        let point = point ?? ""
        let run = try await data.withLedger(of: name, logger: logger) { [exploration] ledger, _ in
            let candidate = try await exploration.choose(from: ledger.registered())
            let definition = try candidate.readDefinition()
            switch try await PointLookup(definition: definition, ledger: ledger).find(point) {
            case .known(let hash):
                return try await KeptRun(of: hash, in: definition, ledger)
            case .unknown:
                throw SettingError(description: "the ledger has no point '\(point)'; `atmos why` says why not")
            case .ambiguous(let hashes): throw PointLookup.ambiguous(point, hashes)
            }
        }
        return try await run.withFiles { try chart(of: $0, title: "\(run.exploration): \(run.code)") }
    }

    private func chart(of folder: FilePath, title: String) throws -> LineChartOfProfile {
        do {
            let profile = try VPLAtmosProfile(filesIn: folder)
            return try LineChartOfProfile(
                profile, title: title, species: species?.split(separator: ",").map(String.init))
        } catch let error as VPLAtmosProfile.Unreadable {
            throw SettingError(description: error.description)
        }
    }
}
