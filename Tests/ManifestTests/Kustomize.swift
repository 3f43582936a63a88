import FoundationEssentials
import Subprocess
import SystemPackage
import TestSupport

/// Renders the project's overlays with `kubectl kustomize`.
enum Kustomize {
    /// An overlay with additional components of the folder `k8s`.
    struct Variant: Hashable, Sendable, CustomStringConvertible {
        let overlay: String
        var components: [String] = []

        var description: String { ([overlay] + components).joined(separator: " + ") }
    }

    /// All overlays, each with and without its possible components.
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

    /// The project's folder.
    static let root = FilePath(#filePath).removingLastComponent().removingLastComponent().removingLastComponent()

    /// The kubectl that scripts/setup has downloaded, or one in PATH; `nil` if there is none.
    private static let kubectl: FilePath? = {
        let path = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
        return ([root.pushing(".build/kubectl").string] + path).map { FilePath($0).appending("kubectl") }
            .first { FileManager.default.isExecutableFile(atPath: $0.string) }
    }()

    /// Whether tests that need kubectl run. In continuous integration they always do, and fail without it.
    static let isAvailable: Bool = {
        let environment = ProcessInfo.processInfo.environment
        return kubectl != nil || environment["CI"] == "true" || environment["ATMOS_REQUIRE_ALL_TESTS"] == "1"
    }()

    /// The reason for a skipped or failed test.
    static let absence = "no kubectl in .build/kubectl or PATH; run scripts/setup --tests"

    /// Renders the YAML of a variant.
    static func text(of variant: Variant) async throws -> String {
        let overlays = root.appending("k8s").appending("overlays")
        guard !variant.components.isEmpty else {
            return try await build(overlays.appending(variant.overlay))
        }
        // kustomize accepts only relative paths, so the folder is inside the project's folder.
        let scratch = root.appending(".build").appending("manifests-\(UInt64.random(in: 0 ... .max))")
        try FileManager.default.createDirectory(atPath: scratch.string, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: scratch.string) }
        let components = variant.components.map { "../../k8s/\($0)" }.joined(separator: ", ")
        let file = "resources: [../../k8s/overlays/\(variant.overlay)]\ncomponents: [\(components)]\n"
        try Data(file.utf8).write(to: URL(filePath: scratch.appending("kustomization.yaml").string))
        return try await build(scratch)
    }

    /// Renders the objects of a variant.
    static func manifests(of variant: Variant) async throws -> [RenderedObject] {
        try RenderedObject.all(in: await text(of: variant))
    }

    private static func build(_ folder: FilePath) async throws -> String {
        guard let kubectl else { throw ManifestTestError(description: absence) }
        let result = try await Subprocess.run(
            .path(kubectl), arguments: ["kustomize", folder.string], input: .none,
            output: .string(limit: 4 << 20), error: .string(limit: 1 << 16))
        guard result.terminationStatus.isSuccess else {
            throw ManifestTestError(description: "kubectl kustomize \(folder) failed: \(result.standardError)")
        }
        return result.standardOutput
    }
}
