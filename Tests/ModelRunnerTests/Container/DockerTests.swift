import Glibc
import Support
import SystemPackage
import TestSupport
import Testing

@testable import ModelRunner

/// The same containers with docker, if its daemon answers.
@Suite(
    "A model in a container of docker",
    .enabled(if: TestContainers.absence == nil, Comment(rawValue: TestContainers.absence ?? "")),
    .enabled(if: TestContainers.dockerAnswers, "docker's daemon does not answer"), .timeLimit(.minutes(2)))
struct DockerTests {
    let fixture: ModelFixture

    init() throws {
        fixture = try ModelFixture()
    }

    @Test("docker runs a model with the same restrictions and leaves no container")
    func docker_restrictsContainers() async throws {
        #expect(
            await fixture.shell(TestContainers.export(to: "image.tar") + " && docker load --quiet < image.tar") == 0)
        let script = """
            grep -E '^(Uid|CapEff|NoNewPrivs):' /proc/self/status > report
            touch /opt/x 2> error || grep -o 'Read-only' error >> report
            grep -c : /proc/net/dev >> report; \(ModelFixture.writeResult)
            """
        let model = try await ContainerModel(
            image: TestContainers.shellImage, command: ["sh", "-c", script],
            engine: ContainerEngine(.docker, runOptions: TestContainers.runOptions),
            settings: ContainerSettings(runs: 2), outputs: ModelFixture.outputs)
        #expect(model.version.wholeMatch(of: /sha256:[0-9a-f]{64}/) != nil)
        for _ in 0..<2 {
            let directory = try fixture.runDirectory()
            let limits = RunLimits(memoryBytes: 64 << 20)
            let result = try await model.run(ModelFixture.point, limits: limits, parent: nil, directory: directory)
            #expect(result.verdict == .stable)
            let report = try fixture.read(directory.appending("report")).split(separator: "\n").map { line in
                line.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            }
            let user = getuid()
            #expect(
                report == [
                    "Uid: \(user) \(user) \(user) \(user)", "CapEff: 0000000000000000", "NoNewPrivs: 1", "Read-only",
                    "1",
                ])
        }
        await model.close()
        try await eventually("no container of this test is left") {
            await fixture.shell("test -z \"$(docker ps --all --quiet --filter name=atmos-model-\(getpid()))\"") == 0
        }
    }
}
