package import Support

/// Repeats a request: after an exponential backoff with full jitter, or after the server's `Retry-After`, up to
/// a number of attempts.
///
/// Only for requests that may be processed twice: idempotent ones, or those that the caller knows to be safe.
package struct RetryPolicy: Sendable, Hashable {
    /// The maximum number of attempts, including the first.
    package var attempts: Int
    /// The pauses between attempts. The cap also limits `Retry-After`.
    package var backoff: Backoff

    /// Creates a policy; by default five attempts with pauses of up to 0.2, 0.4, 0.8 and 1.6 s.
    package init(attempts: Int = 5, base: Duration = .milliseconds(200), cap: Duration = .seconds(20)) {
        self.attempts = attempts
        backoff = Backoff(base: base, cap: cap)
    }

    /// Whether the same request may succeed after this status: too many requests, or a server or gateway error.
    package static func isTransient(status: Int) -> Bool {
        [408, 429, 500, 502, 503, 504].contains(status)
    }

    /// The pause before the next attempt; `nil` if there are no attempts left.
    ///
    /// - Parameters:
    ///   - attempt: the number of the failed attempt, from 1.
    ///   - retryAfter: the server's request.
    package func pause(
        after attempt: Int, retryAfter: Duration? = nil, using generator: inout some RandomNumberGenerator
    ) -> Duration? {
        guard attempt < attempts else { return nil }
        if let retryAfter { return min(retryAfter, backoff.cap) }
        return backoff.delay(afterFailures: min(attempt, 64), using: &generator)
    }

    /// Repeats `attempt` until its response or error is final, or no attempts are left; then returns the last response
    /// or throws the last error.
    ///
    /// - Parameter isTransient: whether a response calls for another attempt; by default its status decides.
    /// - Throws: the last error of `attempt`, or `CancellationError`.
    package func run(
        isTransient: (HTTPResponse) -> Bool = { isTransient(status: $0.status) },
        _ attempt: () async throws -> HTTPResponse
    ) async throws -> HTTPResponse {
        var generator = SystemRandomNumberGenerator()
        var number = 1
        while true {
            let pause: Duration?
            do {
                let response = try await attempt()
                guard isTransient(response) else { return response }
                pause = self.pause(
                    after: number, retryAfter: RetryAfter.duration(of: response.head), using: &generator)
                if pause == nil { return response }
            } catch let error as HTTPError where error.isTransient {
                pause = self.pause(after: number, using: &generator)
                if pause == nil { throw error }
            }
            if let pause { try await Task.sleep(for: pause) }
            number += 1
        }
    }
}

/// The `Retry-After` header (RFC 9110, 10.2.3): a number of seconds, or the time from which the server accepts
/// requests.
enum RetryAfter {
    /// The pause that the server asks for; `nil` without a valid header.
    static func duration(of head: HTTPResponseHead) -> Duration? {
        guard let text = head.headers["Retry-After"] else { return nil }
        if let seconds = Int(text) { return .seconds(min(max(0, seconds), 86_400)) }
        // Relative to the server's clock if it sends one, because the local clock may be wrong.
        let now = head.headers["Date"].flatMap(seconds) ?? UTC.now
        return seconds(text).map { .seconds(min(max(0, $0 - now), 86_400)) }
    }

    /// Seconds since 1970 of `Sun, 06 Nov 1994 08:49:37 GMT`, the only date format that servers still send.
    private static func seconds(_ text: String) -> Int? {
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let words = text.split(separator: " ")
        guard words.count == 6, words[5] == "GMT", let month = months.firstIndex(of: String(words[2])) else {
            return nil
        }
        return UTC.seconds("\(words[3])-\(month < 9 ? "0" : "")\(month + 1)-\(words[1])T\(words[4])Z")
    }
}
