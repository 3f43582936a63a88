import Foundation
import SystemPackage
import TestSupport
import Testing

@Suite("The main README", .timeLimit(.minutes(10)))
struct ReadmeTests {
    @Test("has queries that work on its example exploration, whose exported file can be imported")
    func queries_work() async throws {
        let root = Executables.project
        let readme = try String(contentsOf: root.appending(path: "README.md"), encoding: .utf8)
        let block = try #require(readme.firstMatch(of: /```sql\n((?s).*?)```/)).output.1
        let statements = block.split(separator: ";\n").map(String.init)
        #expect(statements.count == 3)

        let scratch = try TemporaryFolder()
        func atmos(_ arguments: String...) async throws -> ProcessResult {
            try await Executables.run(
                "atmos", arguments + ["--data", scratch.path.appending("data").string], in: scratch.path)
        }
        let file = root.appending(path: "config/explorations/habitable-zone.yaml").path
        let explored = try await atmos("explore", file, "--limit", "60")
        #expect(explored.status == 0, "\(explored)")
        for statement in statements {
            let ended = try await atmos("query", "--format", "csv", statement)
            #expect(ended.status == 0, "\(statement): \(ended)")
            #expect(ended.output.split(separator: "\n").count > 1, "\(statement): \(ended)")
        }
        let exported = try await atmos("export", "zone.vot")
        #expect(exported.status == 0, "\(exported)")
        #expect(exported.output.hasSuffix("runs written to zone.vot\n"), "\(exported)")
        let imported = try await Executables.run(
            "atmos", ["import", "zone.vot", "--data", scratch.path.appending("copy").string], in: scratch.path)
        #expect(imported.status == 0, "\(imported)")
    }

    @Test("names only options that the commands have")
    func options_exist() async throws {
        let readme = try String(contentsOf: Executables.project.appending(path: "README.md"), encoding: .utf8)
        let lines = readme.replacing("\\\n", with: " ").matches(of: /(?m)^scripts\/atmos (space )?([a-z-]+) ([^#\n]*)/)
        #expect(lines.count > 10)
        for line in lines {
            let words = ["help"] + (line.1.map { _ in ["space"] } ?? []) + [String(line.2)]
            let help = try await Executables.run("atmos", words)
            #expect(help.status == 0, "\(line.0): \(help)")
            for option in line.3.matches(of: /\ --([a-z-]+)/) {
                #expect(help.output.contains("--\(option.1)"), "\(line.0)")
            }
        }
    }
}
