import ModelRunner
import Support
import Testing

@testable import Pipeline

@Suite("A message of the ring")
struct RingMessageTests {
    private let attempt = AttemptMessage(
        hash: String(repeating: "ab", count: 32), code: "0.1,0.9", token: 1_790_000_000_000_001, attempt: 2,
        worker: "worker@host:1:x", host: "host", model: "column-model", modelVersion: "1", startedAt: 5,
        pod: "pod-1", node: "node-1", explorationDigest: "ab", softwareVersion: "1")

    @Test("survives the way through a queue, whatever a model wrote into it")
    func roundTrip() throws {
        let messages: [RingMessage] = [
            .point(PointMessage(code: "0.1,0.9", parent: nil)),
            .point(PointMessage(code: "0.1,0.9", parent: attempt.hash)),
            .running(RunningMessage(attempt: attempt)),
            .failure(
                FailureMessage(
                    attempt: attempt, endedAt: 6, kind: "exit", message: "\"; DROP TABLE runs; -- \u{0} \u{1F30D}",
                    logTail: "line\nline", exitStatus: "exit 3", peakMemory: 5)),
            .result(
                ResultMessage(
                    attempt: attempt, endedAt: 6, verdict: .stable, message: "settled", iterations: 12,
                    outputs: ["surface_temperature": 287.43, "odd": 1e-300], artifact: nil, peakMemory: 1 << 40,
                    logTail: "done", exitStatus: "exit 0")),
        ]
        for message in messages {
            #expect(try RingMessage(payload: message.payload()) == message)
        }
    }

    @Test(
        "is refused when it is none",
        arguments: [
            "", "{}", "[]", "{\"point\":{}}", "{\"other\":{\"code\":\"1\"}}", "{\"point\":{\"code\":\"1\"}", "\u{0}",
        ])
    func refused(payload: String) {
        #expect(throws: MessageError.self) { try RingMessage(payload: Array(payload.utf8)) }
    }
}
