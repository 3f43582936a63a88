import FoundationEssentials
import Subprocess
import SystemPackage
import TestSupport

/// What `kubectl kustomize` makes of the project's overlays.
enum Kustomize {
    /// An overlay, with components of the folder `k8s` on top of it.
    struct Variant: Hashable, Sendable, CustomStringConvertible {
        let overlay: String
        var components: [String] = []

        var description: String { ([overlay] + components).joined(separator: " + ") }
    }

    /// All overlays, each as it is and with what is made to be put over it.
    static let variants = [
        Variant(overlay: "local"),
        Variant(overlay: "local", components: ["components/keda"]),
        Variant(overlay: "local", components: ["components/tls"]),
        Variant(overlay: "local", components: ["components/tls", "components/keda"]),
        Variant(overlay: "local", components: ["components/atmos"]),
        Variant(overlay: "gke-spot"),
        Variant(overlay: "gke-spot", components: ["components/atmos"]),
        Variant(overlay: "gke-spot", components: ["components/atmos", "components/keda"]),
        Variant(overlay: "gke-spot", components: ["components/keda"]),
        Variant(overlay: "eks-spot"),
        Variant(overlay: "eks-spot", components: ["components/keda"]),
    ]

    /// The project's folder, seen from this file.
    static let root = FilePath(#filePath).removingLastComponent().removingLastComponent().removingLastComponent()

    /// Whether there is a kubectl; a test that needs it is skipped otherwise.
    static let isAvailable = folders.contains { FileManager.default.isExecutableFile(atPath: $0 + "/kubectl") }

    /// Why a test is skipped.
    static let absence =
        "no kubectl in PATH; scripts/setup --tests installs it where the distribution has 1.22 or later, and "
        + "https://kubernetes.io/docs/tasks/tools/ says how to get it elsewhere"

    private static let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(
        String.init)

    /// The YAML of a variant.
    static func text(of variant: Variant) async throws -> String {
        let overlays = root.appending("k8s").appending("overlays")
        guard !variant.components.isEmpty else {
            return try await build(overlays.appending(variant.overlay))
        }
        // kustomize takes relative paths alone, so the folder is one within the project's.
        let scratch = root.appending(".build").appending("manifests-\(UInt64.random(in: 0 ... .max))")
        try FileManager.default.createDirectory(atPath: scratch.string, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: scratch.string) }
        let components = variant.components.map { "../../k8s/\($0)" }.joined(separator: ", ")
        let file = "resources: [../../k8s/overlays/\(variant.overlay)]\ncomponents: [\(components)]\n"
        try Data(file.utf8).write(to: URL(filePath: scratch.appending("kustomization.yaml").string))
        return try await build(scratch)
    }

    /// The objects of a variant.
    static func manifests(of variant: Variant) async throws -> [Manifest] {
        try Manifest.all(in: await text(of: variant))
    }

    private static func build(_ folder: FilePath) async throws -> String {
        let result = try await Subprocess.run(
            .name("kubectl"), arguments: ["kustomize", folder.string], input: .none,
            output: .string(limit: 4 << 20), error: .string(limit: 1 << 16))
        guard result.terminationStatus.isSuccess else {
            throw ManifestTestError(description: "kubectl kustomize \(folder) failed: \(result.standardError)")
        }
        return result.standardOutput
    }
}
