/// What a role tells about itself: whether it lives, whether it is ready for work, and its figures.
package struct Health: Sendable {
    /// A condition of readiness: throws, or takes too long, where it does not hold.
    package struct Check: Sendable {
        let name: String
        let trial: PatientCheck

        /// - Parameters:
        ///   - name: what has to be in reach, for people: `Redis`.
        ///   - run: throws what is wrong.
        package init(_ name: String, _ run: @escaping @Sendable () async throws -> Void) {
            self.name = name
            trial = PatientCheck(run)
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
    private let refresh: PatientCheck

    /// - Parameter refresh: brings gauges up to date before they are read; what it throws is left out of the figures.
    package init(
        pulses: [Pulse], checks: [Check], refresh: @escaping @Sendable () async throws -> Void = {}
    ) {
        self.pulses = pulses
        self.checks = checks
        self.refresh = PatientCheck(refresh)
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
                group.addTask { (index, await check.trial.failure(within: Self.patience)) }
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
        _ = await refresh.failure(within: Self.patience)
    }

    private static func seconds(_ duration: Duration) -> String {
        let tenths = duration / .milliseconds(100)
        return "\(Double(Int(tenths)) / 10) s"
    }
}
