import FoundationEssentials
import SystemPackage
import Testing

/// What `k8s/README.md` says is there.
struct ReadmeTests {
    private func text(_ path: String) throws -> String {
        try String(contentsOfFile: Kustomize.root.pushing(FilePath(path)).string, encoding: .utf8)
    }

    @Test("the README knows every metric, and every metric that it names is kept")
    func metrics() throws {
        let readme = try text("k8s/README.md")
        let files = [
            "Sources/Exploration/Ring/RingMetrics.swift", "Sources/Kubernetes/Jobs/ScalerMetrics.swift",
        ]
        var kept: Set<String> = []
        for file in files {
            kept.formUnion(try text(file).matches(of: /label: "(atmos_[a-z_]+)"/).map { String($0.1) })
        }
        #expect(kept.count > 10)
        let named = Set(readme.matches(of: /`(atmos_[a-z_]+)[`{ ]/).map { String($0.1) })
        #expect(named.subtracting(["atmos_migrations", "atmos_reader"]) == kept)
    }

    @Test("every file and folder that the README names is there")
    func places() throws {
        let named = try text("k8s/README.md").matches(of: #/`((?:base|components|overlays|images)/[A-Za-z0-9./-]+)`/#)
        #expect(named.count > 5)
        for match in named {
            let path = Kustomize.root.appending("k8s").pushing(FilePath(String(match.1)))
            let isThere =
                FileManager.default.fileExists(atPath: path.string)
                // A kustomization or a manifest is named without its ending.
                || FileManager.default.fileExists(atPath: path.string + ".yaml")
            #expect(isThere, "\(match.1)")
        }
    }
}
