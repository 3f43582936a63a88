import Foundation
import SystemPackage
import TestSupport
import Testing

@Suite("Two builds of a model", .timeLimit(.minutes(15)))
struct ModelBuildTests {
    @Test("in one exploration are refused with both versions, until the change is accepted")
    func otherBuild_isRefused() async throws {
        func model(_ comment: String) -> String {
            "#!/bin/sh\n# \(comment)\necho '{\"verdict\": \"stable\", \"outputs\": {}}' > result.json\n"
        }
        let run = try ExplorationFixture(
            """
            name: builds
            parameters:
              - {name: x, kind: scalar, start: 0, axis: {step: 1, minimum: -4, maximum: 4}}
            model: {adapter: command, command: [./model.sh]}
            """, files: ["model.sh": model("one")])
        #expect(try await run.explore(["--max-points", "2"]).status == 0)
        let path = run.scratch.path.appending("model.sh").string
        // In place, so that it stays executable.
        try Data(model("two").utf8).write(to: URL(filePath: path))
        let refused = try await run.explore()
        #expect(refused.status == 78, "\(refused)")
        #expect(
            refused.errors.contains("two builds of the model in the exploration 'builds': this is ./model.sh "),
            "\(refused)")
        #expect(refused.errors.contains(", but 2 of its points have their verdicts from ./model.sh "), "\(refused)")
        #expect(refused.errors.contains("another name"), "\(refused)")
        let accepted = try await run.explore(["--accept-model-change"])
        #expect(accepted.status == 0, "\(accepted)")
        #expect(accepted.output.contains("9"), "\(accepted)")
    }

    @Test("of two workers are refused at the start of the second one")
    func otherWorker_isRefused() async throws {
        let fixture = try await RoleFixture(model: RoleFixture.stableModel)
        try await fixture.enqueue("1", "2", "3")
        let first = try await fixture.role("atmos-worker", ["--max-jobs", "1"])
        #expect(first.status == 0, "\(first)")
        let environment = ["ATMOS_MODEL_IMAGE": "registry/model:2"]
        let other = try await fixture.role("atmos-worker", ["--max-jobs", "1"], environment: environment)
        #expect(other.status == 78, "\(other)")
        #expect(
            other.errors.contains("this is ./model.sh registry/model:2, but its other workers run ./model.sh "),
            "\(other)")
        let accepted = try await fixture.role(
            "atmos-worker", ["--max-jobs", "1", "--accept-model-change"], environment: environment)
        #expect(accepted.status == 0, "\(accepted)")
        #expect(try await fixture.role("atmos-worker", ["--max-jobs", "1"]).status == 78)
    }
}
