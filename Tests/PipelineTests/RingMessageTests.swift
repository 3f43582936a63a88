import LeaseQueue
import ModelRunner
import Support
import Testing

@testable import Pipeline
@testable import RunLedger

@Suite("A message of the ring")
struct RingMessageTests {
    private let attempt = Attempt(
        hash: Array(repeating: 0xAB, count: 32), code: "0.1,0.9", token: 1_790_000_000_000_001, attempt: 2,
        worker: "worker@host:1:x", host: "host", model: "column-model", modelVersion: "1", startedAt: 5,
        pod: "pod-1", node: "node-1", explorationDigest: "ab", softwareVersion: "1")

    @Test("survives a round trip through a queue, with any text of a model in it")
    func roundTrip_keepsEveryMessage() throws {
        let messages: [RingMessage] = [
            .point(PointMessage(code: "0.1,0.9", parent: nil)),
            .point(PointMessage(code: "0.1,0.9", parent: attempt.hashHex)),
            .running(RunningMessage(attempt: attempt)),
            .failure(
                FailureRecord(
                    attempt: attempt, endedAt: 6, kind: "exit", message: "\"; DROP TABLE runs; -- \u{0} \u{1F30D}",
                    logTail: "line\nline", exitStatus: "exit 3", peakMemory: 5)),
            .result(
                ResultMessage(
                    attempt: attempt, endedAt: 6, verdict: .stable, message: "settled", iterations: 12,
                    outputs: ["surface_temperature": 287.43, "odd": 1e-300], artifact: nil, peakMemory: 1 << 40,
                    logTail: "done", exitStatus: "exit 0")),
            .search(.sequence(next: 7)), .search(.planBatch(waits: 2)), .search(.startSecondPhase(waits: 3)),
            .search(.expandKnown(verdict: .unstable, after: attempt.hashHex, within: 4)),
            .search(.expandKnown(verdict: .stable, after: nil)),
        ]
        for message in messages {
            #expect(try RingMessage(payload: message.payload()) == message)
        }
    }

    @Test(
        "is refused if it is malformed",
        arguments: [
            "", "{}", "[]", "{\"point\":{}}", "{\"other\":{\"code\":\"1\"}}", "{\"point\":{\"code\":\"1\"}", "\u{0}",
            "{\"search\":{}}", "{\"search\":{\"other\":{\"waits\":1}}}", "{\"search\":{\"then\":{}}}",
        ])
    func malformedPayload_isRefused(payload: String) {
        #expect(throws: MessageError.self) { try RingMessage(payload: Array(payload.utf8)) }
    }

    @Test(
        "about a search is read in the words of earlier versions",
        arguments: [
            ("{\"search\":{\"sequence\":{\"next\":1000}}}", SearchMessage.sequence(next: 1_000)),
            ("{\"search\":{\"plan\":{\"waits\":3}}}", .planBatch(waits: 3)),
            ("{\"search\":{\"then\":{\"waits\":5}}}", .startSecondPhase(waits: 5)),
            ("{\"search\":{\"known\":{\"verdict\":\"stable\"}}}", .expandKnown(verdict: .stable, after: nil)),
            (
                "{\"search\":{\"known\":{\"after\":\"ab\",\"verdict\":\"unstable\",\"within\":2}}}",
                .expandKnown(verdict: .unstable, after: "ab", within: 2)
            ),
        ])
    func formerWords_areRead(payload: String, expected: SearchMessage) throws {
        #expect(try RingMessage(payload: Array(payload.utf8)) == .search(expected))
    }

    @Test(
        "about a search is written in the present words",
        arguments: [
            (SearchMessage.planBatch(waits: 0), "{\"search\":{\"planBatch\":{\"waits\":0}}}", "plan-batch"),
            (
                .startSecondPhase(waits: 1), "{\"search\":{\"startSecondPhase\":{\"waits\":1}}}",
                "start-second-phase"
            ),
            (
                .expandKnown(verdict: .stable, after: nil, within: 8),
                "{\"search\":{\"expandKnown\":{\"verdict\":\"stable\",\"within\":8}}}", "expand-known-within-8"
            ),
        ])
    func presentWords_areWritten(message: SearchMessage, payload: String, id: String) {
        let job = Job.search(message)
        #expect(String(decoding: job.payload, as: UTF8.self) == payload)
        #expect(job.id == id)
    }

    @Test("about a search has a job that is also found under its former id")
    func jobIDs_includeTheFormerOne() {
        #expect(SearchMessage.sequence(next: 3).jobIDs == ["sequence"])
        #expect(SearchMessage.planBatch(waits: 3).jobIDs == ["plan-batch", "plan"])
        #expect(SearchMessage.startSecondPhase(waits: 3).jobIDs == ["start-second-phase", "then"])
        #expect(SearchMessage.expandKnown(verdict: .stable, after: "ab").jobIDs == ["expand-known", "known"])
        #expect(
            SearchMessage.expandKnown(verdict: .stable, after: nil, within: 4).jobIDs
                == ["expand-known-within-4", "known-within-4"])
    }
}
