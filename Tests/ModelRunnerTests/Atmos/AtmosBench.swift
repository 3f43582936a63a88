import Synchronization
import SystemPackage
import Testing

@testable import ModelRunner

/// Runs of the stand-ins for Atmos's programs in `Package/`.
struct AtmosBench {
    static let package = FilePath(#filePath).removingLastComponent().appending("Package")

    let bench: Workbench

    init() throws {
        bench = try Workbench()
    }

    /// A point around the stand-ins' own composition.
    static func point(_ changes: [(String, String)] = []) -> ModelInput {
        var values = [("O2", "0.21"), ("CH4", "1.63e-6"), ("CO2", "0.0004"), ("N2", "0.7772982887")]
        for (name, value) in changes {
            values.removeAll { $0.0 == name }
            values.append((name, value))
        }
        return ModelInput(
            hash: String(repeating: "ab", count: 32), code: values.map(\.1).joined(separator: ","),
            values: values.map { NamedValue(name: $0, value: $1) })
    }

    static func model(
        photo: String = "converge", climate: String = "converge",
        _ configuration: AtmosConfiguration = AtmosConfiguration(climateSteps: 5)
    ) throws -> AtmosModel {
        var configuration = configuration
        configuration.package = package.string
        configuration.template = "ModernEarth"
        return try AtmosModel(
            configuration, environment: ["STAND_IN_PHOTO": photo, "STAND_IN_CLIMA": climate])
    }

    /// Runs a point in a fresh directory and says how that ended.
    func run(
        _ model: AtmosModel, _ input: ModelInput = point(), limits: RunLimits = RunLimits(wallTime: .seconds(60)),
        parent: FilePath? = nil, directory: FilePath? = nil, progress: @escaping ModelProgressReport = { _ in }
    ) async throws -> Result<ModelResult, ModelFailure> {
        do {
            return .success(
                try await model.run(
                    input, limits: limits, parent: parent, directory: try directory ?? bench.runDirectory(),
                    progress: progress))
        } catch let failure as ModelFailure {
            return .failure(failure)
        }
    }

    /// The names of the files that a run keeps.
    static func names(of result: ModelResult) -> [String] {
        result.artifacts.compactMap { $0.lastComponent?.string }
    }

    /// The text of a file of a run.
    func text(_ file: String, in directory: FilePath) throws -> String {
        try bench.read(directory.pushing(FilePath(file)))
    }
}
