/// What a role tells about itself: whether it lives, whether it is ready for work, and its figures.
package struct Health: Sendable {
    /// A condition of readiness: throws, or takes too long, where it does not hold.
    package struct Check: Sendable {
        let name: String
        let run: @Sendable () async throws -> Void

        /// - Parameters:
        ///   - name: what has to be in reach, for people: `Redis`.
        ///   - run: throws what is wrong.
        package init(_ name: String, _ run: @escaping @Sendable () async throws -> Void) {
            self.name = name
            self.run = run
        }
    }

    /// An answer: whether all is well, and a line about each part.
    struct Answer: Sendable {
        let isWell: Bool
        let lines: [String]
    }

    /// What shows that the role goes on: when one of them has not beaten for its limit, the role is to be restarted.
    package let pulses: [Pulse]
    /// What the role needs in order to do its work: without it, it waits, and a restart would not help.
    package let checks: [Check]
    /// Brings gauges up to date before they are read; what it throws is left out of the figures.
    package let refresh: @Sendable () async throws -> Void

    package init(
        pulses: [Pulse], checks: [Check], refresh: @escaping @Sendable () async throws -> Void = {}
    ) {
        self.pulses = pulses
        self.checks = checks
        self.refresh = refresh
    }

    /// How long one check, or bringing the gauges up to date, may take: less than probes and scrapers wait.
    static let patience = Duration.seconds(2)

    func liveness() -> Answer {
        let late = pulses.filter { $0.age > $0.limit }
        let lines = pulses.map { pulse in
            "\(pulse.name): \(pulse.age > pulse.limit ? "stuck" : "well"), last \(Self.seconds(pulse.age)) ago"
                + " (limit \(Self.seconds(pulse.limit)))"
        }
        return Answer(isWell: late.isEmpty, lines: lines)
    }

    func readiness() async -> Answer {
        let failures = await withTaskGroup(of: (Int, String?).self) { group in
            for (index, check) in checks.enumerated() {
                group.addTask { (index, await Self.failure(of: check.run)) }
            }
            var failures = [String?](repeating: nil, count: checks.count)
            for await (index, failure) in group { failures[index] = failure }
            return failures
        }
        return Answer(
            isWell: failures.allSatisfy { $0 == nil },
            lines: zip(checks, failures).map { "\($0.name): \($1 ?? "well")" })
    }

    func refreshed() async {
        _ = await Self.failure(of: refresh)
    }

    /// What `body` threw, or that it took too long; nil where it succeeded.
    private static func failure(of body: @escaping @Sendable () async throws -> Void) async -> String? {
        await withTaskGroup(of: String?.self) { group in
            group.addTask {
                do {
                    try await body()
                    return nil
                } catch {
                    return "\(error)"
                }
            }
            group.addTask {
                try? await Task.sleep(for: patience)
                return "no answer within \(seconds(patience))"
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
    }

    private static func seconds(_ duration: Duration) -> String {
        let tenths = duration / .milliseconds(100)
        return "\(Double(Int(tenths)) / 10) s"
    }
}
