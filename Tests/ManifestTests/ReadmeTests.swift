import FoundationEssentials
import SystemPackage
import Testing

/// Compares `k8s/README.md` with the project.
struct ReadmeTests {
    private func text(_ path: String) throws -> String {
        try String(contentsOfFile: Kustomize.root.pushing(FilePath(path)).string, encoding: .utf8)
    }

    @Test("the README documents exactly the recorded metrics")
    func readme_documentsAllMetrics() throws {
        let readme = try text("k8s/README.md")
        let sources = Kustomize.root.appending("Sources").string
        var recorded: Set<String> = []
        for file in try FileManager.default.subpathsOfDirectory(atPath: sources) where file.hasSuffix(".swift") {
            let labels = try text("Sources/\(file)").matches(of: /MetricName\(\s*"(atmos_[a-z0-9_]+)"/)
            recorded.formUnion(labels.map { String($0.1) })
        }
        #expect(recorded.count > 10)
        let named = Set(readme.matches(of: /`(atmos_[a-z0-9_]+)[`{ ]/).map { String($0.1) })
        #expect(named.subtracting(["atmos_migrations", "atmos_reader"]) == recorded)
    }

    @Test("every file and folder in the README exists")
    func readme_namesExistingFiles() throws {
        let named = try text("k8s/README.md").matches(of: #/`((?:base|components|overlays|images)/[A-Za-z0-9./-]+)`/#)
        #expect(named.count > 5)
        for match in named {
            let path = Kustomize.root.appending("k8s").pushing(FilePath(String(match.1)))
            let exists =
                FileManager.default.fileExists(atPath: path.string)
                // A manifest may be named without its extension.
                || FileManager.default.fileExists(atPath: path.string + ".yaml")
            #expect(exists, "\(match.1)")
        }
    }
}
