import Glibc
import Support
import SystemPackage
import Testing

@testable import ModelRunner

/// The same containers, made by docker, where there is one whose daemon answers.
@Suite(
    .enabled(if: TestContainers.absence == nil, Comment(rawValue: TestContainers.absence ?? "")),
    .enabled(if: TestContainers.dockerAnswers, "no daemon of docker answers"), .timeLimit(.minutes(2)))
struct DockerTests {
    let bench: ModelFixture

    init() throws {
        bench = try ModelFixture()
    }

    @Test("docker runs a model with the same restrictions, and leaves nothing")
    func restrictions() async throws {
        #expect(await bench.shell(TestContainers.export(to: "image.tar") + " && docker load --quiet < image.tar") == 0)
        let script = """
            grep -E '^(Uid|CapEff|NoNewPrivs):' /proc/self/status > report
            touch /opt/x 2> error || grep -o 'Read-only' error >> report
            grep -c : /proc/net/dev >> report; \(ModelFixture.goodEnd)
            """
        let model = try await ContainerModel(
            image: TestContainers.shellImage, command: ["sh", "-c", script],
            engine: ContainerEngine(.docker, runOptions: TestContainers.runOptions),
            settings: ContainerSettings(runs: 2), outputs: ModelFixture.outputs)
        #expect(model.version.wholeMatch(of: /sha256:[0-9a-f]{64}/) != nil)
        for _ in 0..<2 {
            let directory = try bench.runDirectory()
            let limits = RunLimits(memoryBytes: 64 << 20)
            let result = try await model.run(ModelFixture.point, limits: limits, parent: nil, directory: directory)
            #expect(result.verdict == .stable)
            let report = try bench.read(directory.appending("report")).split(separator: "\n").map { line in
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
        while await bench.shell("test -z \"$(docker ps --all --quiet --filter name=atmos-model-\(getpid()))\"") != 0 {
            try await Task.sleep(for: .milliseconds(50))
        }
    }
}
