internal import ArtifactStore
internal import CommandLineKit
internal import ExplorationFile
internal import FoundationEssentials
internal import ParameterSpace
internal import RunLedger
internal import Support
internal import SystemPackage

/// A run whose files were kept.
struct KeptRun: Sendable {
    let exploration: String
    let code: String
    private let hash: PointHash
    private let location: String

    /// - Throws: ``SettingError`` if the run kept no files.
    init(of hash: PointHash, in definition: ExplorationDefinition, _ ledger: RunLedger) async throws {
        guard let run = try await ledger.run(hash.bytes, in: definition.table) else {
            throw SettingError(description: "the point \(hash) was just deleted from the ledger")
        }
        guard let location = run.artifact, !location.isEmpty else {
            throw SettingError(
                description: "the run of \(run.code ?? hash.description) is \(run.state.rawValue) and kept no files; "
                    + "'artifacts' in the exploration's file says which runs keep theirs")
        }
        self.hash = hash
        self.location = location
        exploration = definition.name
        code = run.code ?? hash.description
    }

    /// Passes the folder with the files; those of a bucket are fetched into a temporary one.
    func withFiles<Result>(_ body: (FilePath) throws -> Result) async throws -> Result {
        if let folder = ArtifactStores.localFolder(of: location) { return try body(folder) }
        guard let url = try EnvironmentSetting.value(variable: EnvironmentNames.artifactsURL) else {
            throw SettingError(
                description: "the files are at \(location); \(EnvironmentNames.artifactsURL) must name their bucket")
        }
        let store = try ArtifactStores.open(url: url.replacing("{exploration}", with: exploration))
        let folder = FilePath(FileManager.default.temporaryDirectory.path).appending("atmos-plot-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(atPath: folder.string) }
        guard try await store.fetch(hash.description, into: folder) else {
            throw SettingError(description: "the store has no files at \(location) any more")
        }
        return try body(folder)
    }
}
