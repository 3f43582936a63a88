internal import ArgumentParser
internal import CommandLineKit
internal import ExplorationFile
internal import LeaseQueue
internal import Logging
internal import ParameterSpace
internal import Pipeline
internal import RunLedger
internal import Support

/// `atmos why`: the reason why a point is not done.
struct WhyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "why",
        abstract: "Explain why a point is not done: what it waits for, who runs it, how it failed, or why the search "
            + "did not reach it.",
        discussion: """
            The point need not be in the ledger.

              atmos why 0.21,0.7772982887,0.0123,1.63e-6,0.0004,8.13e-8
              atmos why 3f9c
            """)

    @Argument(help: "The point's code (its values, comma-separated), its hash, or the first digits of its hash.")
    var point: String

    @OptionGroup var exploration: ExplorationOption
    @OptionGroup var data: DataOptions
    @OptionGroup var redis: RedisOptions
    @OptionGroup var log: LogOptions

    func run() async throws {
        try await Program.run("atmos why", log, defaultLevel: .error) { logger in
            let answer = try await data.withRing(
                of: exploration, redis, as: "why", logger: logger
            ) { [point] ring in try await Self.answer(point, ring) }
            print(answer)
            return .success
        }
    }

    private static func answer(_ text: String, _ ring: Ring) async throws -> String {
        switch try await PointLookup(definition: ring.definition, ledger: ring.ledger).find(text) {
        case .ambiguous(let hashes): throw PointLookup.ambiguous(text, hashes)
        case .known(let hash): return try await known(hash, ring)
        case .unknown(.success(let point)): return try await unreached(point, ring)
        case .unknown(.failure(let error)):
            guard PointHash(text) == nil else {
                return "the ledger has no point with this hash; give the point's code to learn why"
            }
            return "never reached: it is not a point of '\(ring.definition.name)': \(error)"
        }
    }

    private static func known(_ hash: PointHash, _ ring: Ring) async throws -> String {
        // The queues are read before the ledger: a job that ends in between is completed in the ledger.
        let jobs = try await ring.jobs.jobs(of: hash)
        guard let run = try await ring.ledger.run(hash.bytes, in: ring.definition.table),
            let point = try await ring.ledgerPoints([hash])[0]
        else { throw SettingError(description: "the point \(hash) was just deleted from the ledger") }
        var evidence = PointEvidence(
            run: run, isGivenUp: point.isGivenUp, jobs: jobs,
            attempts: try await ring.ledger.attempts(of: hash.bytes, in: ring.definition.table))
        for (queue, state) in jobs {
            switch state {
            case .ready: evidence.ahead[queue] = try await ring.queues.position(of: hash.description, in: queue)
            case .dead: evidence.letters[queue] = try await ring.queues.deadLetter(id: hash.description, in: queue)
            case .delayed, .leased: break
            }
        }
        evidence.control = try await ring.queues.control(of: RingQueues.main)
        return ([run.code ?? hash.description] + evidence.explanation).joined(separator: "\n  ")
    }

    private static func unreached(_ point: Point, _ ring: Ring) async throws -> String {
        let hash = ring.definition.space.hash(of: point)
        let reasons: [String]
        if let job = try await ring.jobs.jobs(of: hash).first {
            reasons = [
                "on its way into the ledger: it is \(PointEvidence.name(of: job.state)) in \(job.queue.rawValue)"
            ]
        } else {
            let obstacles = ReachabilityText.reasons(against: point, in: ring.definition.space)
            reasons =
                obstacles.isEmpty
                ? ReachabilityText.explanation(of: try await Reachability(ring).answer(about: point))
                : obstacles.map { "never reached: \($0)" }
        }
        return ([point.code] + reasons).joined(separator: "\n  ")
    }
}

/// The reasons why a search has not reached a point, as text.
enum ReachabilityText {
    /// The reasons why no search of this space can reach the point; empty if one could.
    static func reasons(against point: Point, in space: Space) -> [String] {
        zip(space.parameters, point.values).compactMap { parameter, value in
            switch parameter.role {
            case .remainder: nil
            case .fixed:
                value == parameter.start
                    ? nil : "\(parameter.name) is not varied: it is \(parameter.start) everywhere, not \(value)"
            case .axis(let axis): value == parameter.start ? nil : reason(against: value, of: parameter.name, on: axis)
            }
        }
    }

    private static func reason(against value: ExactDecimal, of name: String, on axis: Axis) -> String? {
        let (lowest, highest) = (axis.range.lowerBound, axis.range.upperBound)
        if value < lowest { return "\(name) = \(value) is below its axis, which starts at \(lowest)" }
        if value > highest { return "\(name) = \(value) is above its axis, which ends at \(highest)" }
        let below = axis.next(below: value)
        let above = axis.next(above: value)
        // A value is on the grid if it follows the next smaller number.
        guard axis.next(above: value - .leastPositive) != value else { return nil }
        let nearest = [below, above].compactMap { $0?.description }.joined(separator: " and ")
        return "\(name) = \(value) is not on the grid of its axis: the nearest values are \(nearest)"
    }

    /// The lines that explain why the search has not reached a point that it could reach.
    static func explanation(of answer: Reachability.Answer) -> [String] {
        let lost = "a job was lost; `atmos reconcile` repairs that"
        switch answer {
        case .proposed(let origin, true):
            return ["will be reached: it follows from \(origin.code), which is finished and waits to be expanded"]
        case .proposed(let origin, false):
            return ["not reached, although it follows from \(origin.code), which is finished: \(lost)"]
        case .notProposed(let around):
            return notProposed(by: around)
        case .offGrid:
            return ["never reached: the steps of the strategy skip it"]
        case .planned(let number, true):
            return ["will be reached: it is number \(number) of the plan"]
        case .planned(let number, false):
            return ["not reached, although it is number \(number) of the plan: \(lost)"]
        case .notPlanned(let lookedAt, let count):
            return [
                lookedAt == count
                    ? "never reached: the plan of \(count) points does not contain it"
                    : "not reached: the first \(lookedAt) of the plan's \(count) points do not contain it"
            ]
        case .notChosen(let isWaiting):
            return [
                isWaiting
                    ? "not reached: the adaptive search, which continues, has not chosen it so far"
                    : "never reached: the adaptive search has ended without choosing it"
            ]
        }
    }

    private static func notProposed(by around: [(point: Point, known: LedgerPoint?)]) -> [String] {
        let known = around.filter { $0.known != nil }
        let list = known.prefix(20).map { "  \($0.point.code)  \($0.known?.stateName ?? "")" }
        guard known.contains(where: { $0.known?.verdict == .stable }) else {
            return [
                "never reached: it has no stable neighbour; "
                    + (known.isEmpty
                        ? "none of its \(around.count) neighbours is in the ledger"
                        : "of its \(around.count) neighbours "
                            + PointSurroundings.summary(of: around.map(\.known)))
            ] + list
        }
        return ["not reached: none of its neighbours led the strategy here"] + list
    }
}
