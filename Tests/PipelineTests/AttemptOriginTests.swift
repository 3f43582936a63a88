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

    @Test("names pod and node in a cluster")
    func cluster_namesPodAndNode() async throws {
        let named = try await origin([
            "POD_NAME": "worker-7", "NODE_NAME": "node-3", "KUBERNETES_SERVICE_HOST": "10.0.0.1",
        ])
        #expect(named.pod == "worker-7")
        #expect(named.node == "node-3")
        let unnamed = try await origin(["KUBERNETES_SERVICE_HOST": "10.0.0.1", "NODE_NAME": ""])
        #expect(unnamed.pod == unnamed.host)
        #expect(unnamed.node == nil)
    }

    @Test("has no pod outside a cluster; the image's digest is the model's version if it is given")
    func machine_hasNoPod() async throws {
        let plain = try await origin([:])
        #expect(plain.pod == nil)
        #expect(plain.node == nil)
        #expect(plain.modelVersion == "x=0.0±1.0")
        #expect(try await origin(["ATMOS_MODEL_IMAGE": "sha256:abc"]).modelVersion == "sha256:abc")
    }
}

@Suite("The last lines of a log")
struct LastLinesTests {
    @Test("are at most twenty lines and two thousand characters")
    func lastLines_areBounded() {
        #expect(AttemptRunner.lastLines(of: "one\n\ntwo\n") == "one\ntwo")
        let lines = (1...100).map { "line \($0)" }.joined(separator: "\n")
        #expect(
            AttemptRunner.lastLines(of: lines).split(separator: "\n").map(String.init)
                == (81...100).map { "line \($0)" })
        #expect(AttemptRunner.lastLines(of: String(repeating: "x", count: 5_000)).count == 2_000)
        #expect(AttemptRunner.lastLines(of: "").isEmpty)
    }
}
