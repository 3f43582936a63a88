import ModelRunner
import Testing

@testable import ExplorationFile
@testable import Pipeline

@Suite("The origin of an attempt")
struct AttemptOriginTests {
    private func origin(_ environment: [String: String]) async throws -> AttemptOrigin {
        let definition = try DefinitionReader.read(
            text: """
                name: origin
                parameters:
                  - {name: x, kind: scalar, start: 0, axis: {step: 1, minimum: -2, maximum: 2}}
                model:
                  adapter: synthetic
                  region: {centre: {x: 0}, radius: {x: 1}}
                """, file: "origin.yaml")
        let model = try await definition.model.makeModel(in: definition)
        let origin = AttemptOrigin(
            name: ConsumerName(role: "worker"), model: model, definition: definition, environment: environment)
        #expect(origin.explorationDigest == definition.digest)
        return origin
    }

    @Test("names pod and node as the cluster tells them")
    func cluster() async throws {
        let told = try await origin([
            "POD_NAME": "worker-7", "NODE_NAME": "node-3", "KUBERNETES_SERVICE_HOST": "10.0.0.1",
        ])
        #expect(told.pod == "worker-7")
        #expect(told.node == "node-3")
        let untold = try await origin(["KUBERNETES_SERVICE_HOST": "10.0.0.1", "NODE_NAME": ""])
        #expect(untold.pod == untold.host)
        #expect(untold.node == nil)
    }

    @Test("has no pod outside of a cluster, and takes the image's digest for the model's version where it is told")
    func machine() async throws {
        let plain = try await origin([:])
        #expect(plain.pod == nil && plain.node == nil)
        #expect(plain.modelVersion == "x=0.0±1.0")
        #expect(try await origin(["ATMOS_MODEL_IMAGE": "sha256:abc"]).modelVersion == "sha256:abc")
    }
}

@Suite("The end of a log")
struct LogEndTests {
    @Test("is its last twenty lines, and no more than two thousand characters")
    func bounded() {
        #expect(LogEnd.of("one\n\ntwo\n") == "one\ntwo")
        let lines = (1...100).map { "line \($0)" }.joined(separator: "\n")
        #expect(LogEnd.of(lines).split(separator: "\n").map(String.init) == (81...100).map { "line \($0)" })
        #expect(LogEnd.of(String(repeating: "x", count: 5_000)).count == 2_000)
        #expect(LogEnd.of("").isEmpty)
    }
}
