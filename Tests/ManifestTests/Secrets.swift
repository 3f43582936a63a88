import FoundationEssentials
import Subprocess
import SystemPackage
import Yams

/// The secrets that `k8s/make-secrets` makes for a cluster.
struct Secrets: Sendable {
    /// The values by name of the secret and key.
    let values: [String: [String: String]]

    /// Makes fresh ones.
    static func make() async throws -> Secrets {
        let script = Kustomize.root.appending("k8s").appending("make-secrets")
        let result = try await Subprocess.run(
            .path(script), input: .none, output: .string(limit: 1 << 16), error: .string(limit: 1 << 16))
        guard result.terminationStatus.isSuccess else {
            throw ManifestTestError(description: "make-secrets failed: \(result.standardError)")
        }
        var values: [String: [String: String]] = [:]
        for manifest in try Manifest.all(in: result.standardOutput) {
            values[manifest.name] = (manifest.node.at("data")?.fields ?? [:]).compactMapValues { text in
                Data(base64Encoded: text).map { String(decoding: $0, as: UTF8.self) }
            }
        }
        return Secrets(values: values)
    }

    /// Writes a secret's values into a folder, a file for each.
    func write(_ name: String, to folder: FilePath) throws {
        for (key, value) in values[name] ?? [:] { try Files.write(value, to: folder.appending(key)) }
    }
}

/// Files for the processes of a test.
enum Files {
    /// Writes a file that everybody may read, and makes the folders that lead to it.
    static func write(_ text: String, to file: FilePath) throws {
        try makeFolder(file.removingLastComponent())
        try Data(text.utf8).write(to: URL(filePath: file.string))
    }

    static func makeFolder(_ folder: FilePath) throws {
        try FileManager.default.createDirectory(atPath: folder.string, withIntermediateDirectories: true)
    }
}
