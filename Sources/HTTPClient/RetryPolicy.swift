/// When a request is sent again, and how long afterwards: exponential backoff with full jitter, as the server asks
/// where it does (`Retry-After`), and never more than so many times.
///
/// Only for requests that may be carried out twice, either idempotent ones or those that the caller knows to be safe.
package struct RetryPolicy: Sendable, Hashable {
    /// How often a request is sent at most, the first time included.
    package var attempts: Int
    /// The longest pause before the second attempt; it doubles with each.
    package var base: Duration
    /// The longest pause of all, `Retry-After` included.
    package var cap: Duration

    /// Five attempts, with pauses of up to 0.2, 0.4, 0.8 and 1.6 s.
    package init(attempts: Int = 5, base: Duration = .milliseconds(200), cap: Duration = .seconds(20)) {
        self.attempts = attempts
        self.base = base
        self.cap = cap
    }

    /// Statuses after which the same request may succeed: too many requests, and a server or gateway in trouble.
    package static func isTransient(status: Int) -> Bool {
        [408, 429, 500, 502, 503, 504].contains(status)
    }

    /// The pause before the next attempt; nil when there is none.
    ///
    /// - Parameters:
    ///   - attempt: the one that failed, from 1.
    ///   - retryAfter: what the server asked for.
    package func pause(
        after attempt: Int, retryAfter: Duration? = nil, using generator: inout some RandomNumberGenerator
    ) -> Duration? {
        guard attempt < attempts else { return nil }
        if let retryAfter { return min(retryAfter, cap) }
        let longest = min(base * (1 << min(attempt - 1, 30)), cap)
        return longest * Double.random(in: 0...1, using: &generator)
    }

    /// Does something until it gives a response that is final, or an error that is, or the attempts are used up: then
    /// with the last response or error.
    ///
    /// - Parameter isTransient: decides upon a response; by default by its status.
    /// - Throws: what `attempt` threw last, or `CancellationError`.
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
