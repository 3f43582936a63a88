import Support
import TestSupport
import Testing

@testable import HTTPClient

@Suite("A retry policy")
struct RetryPolicyTests {
    private let policy = RetryPolicy(attempts: 4, base: .milliseconds(100), cap: .milliseconds(300))

    @Test("draws pauses from a range that doubles up to the cap")
    func pauses_doubleUpToCap() {
        var generator = SplitMix64(seed: 1)
        for (attempt, longest) in [(1, 100), (2, 200), (3, 300)] {
            let pauses = (0..<200).compactMap { _ in policy.pause(after: attempt, using: &generator) }
            #expect(pauses.count == 200)
            #expect(pauses.allSatisfy { (.zero ... .milliseconds(longest)).contains($0) })
            #expect(pauses.contains { $0 < .milliseconds(longest / 5) })
            #expect(pauses.contains { $0 > .milliseconds(longest * 4 / 5) })
        }
        #expect(policy.pause(after: 4, using: &generator) == nil)
        #expect(RetryPolicy(attempts: .max).pause(after: .max - 1, using: &generator)! <= .seconds(20))
    }

    @Test("waits as the server asks, up to the cap")
    func retryAfter_isCapped() {
        var generator = SplitMix64(seed: 2)
        #expect(policy.pause(after: 1, retryAfter: .milliseconds(7), using: &generator) == .milliseconds(7))
        #expect(policy.pause(after: 1, retryAfter: .seconds(3600), using: &generator) == .milliseconds(300))
        #expect(policy.pause(after: 4, retryAfter: .zero, using: &generator) == nil)
    }

    @Test(
        "reads Retry-After as seconds and as a date by the server's clock",
        arguments: [
            ("120", Duration.seconds(120)), ("-5", .seconds(0)), ("Sun, 06 Nov 1994 08:49:47 GMT", .seconds(10)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", .seconds(0)), ("99999999", .seconds(86_400)),
        ])
    func retryAfterHeader_isRead(text: String, expected: Duration) {
        let headers: HTTPHeaders = ["Retry-After": text, "Date": "Sun, 06 Nov 1994 08:49:37 GMT"]
        #expect(RetryAfter.duration(of: HTTPResponseHead(status: 503, headers: headers)) == expected)
    }

    @Test(
        "ignores an invalid Retry-After",
        arguments: ["", "soon", "Sun, 06 Foo 1994 08:49:37 GMT", "1 2 3 4 5 6"])
    func invalidRetryAfter_isIgnored(text: String) {
        #expect(RetryAfter.duration(of: HTTPResponseHead(status: 503, headers: ["Retry-After": text])) == nil)
    }

    @Test("stops at a final response, or after the maximum number of attempts")
    func attempts_endAtFinalResponse() async throws {
        let quick = RetryPolicy(attempts: 3, base: .milliseconds(1), cap: .milliseconds(1))
        for (statuses, sent, last) in [
            ([503, 429, 200], 3, 200), ([404, 200], 1, 404), ([500, 502, 503, 200], 3, 503),
        ] {
            var count = 0
            let response = try await quick.run {
                count += 1
                return HTTPResponse(head: HTTPResponseHead(status: statuses[count - 1]))
            }
            #expect(count == sent)
            #expect(response.status == last)
        }
    }

    @Test("retries only transient errors")
    func transientErrors_areRetried() async {
        let quick = RetryPolicy(attempts: 3, base: .milliseconds(1), cap: .milliseconds(1))
        for (code, sent) in [(HTTPError.Code.closed, 3), (.connectionFailed, 3), (.tls, 1), (.fileSystem, 1)] {
            var count = 0
            let error = await #expect(throws: HTTPError.self) {
                try await quick.run {
                    count += 1
                    throw HTTPError(code, "\(count)")
                }
            }
            #expect(error?.message == "\(sent)")
        }
    }
}
