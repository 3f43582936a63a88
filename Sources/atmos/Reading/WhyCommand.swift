internal import ArgumentParser
internal import CommandLineKit
internal import ExplorationFile
internal import LeaseQueue
internal import Logging
internal import ParameterSpace
internal import Pipeline
internal import RunLedger
internal import Support

/// `atmos why`: why a point is not done.
struct WhyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "why",
        abstract:
            "Say why a point is not done: what it waits for, who has it, how it failed, or why it was never reached.",
        discussion: """
            Any point may be asked about, also one that is not in the ledger.

              atmos why 0.21,0.7772982887,0.0123,1.63e-6,0.0004,8.13e-8
              atmos why 3f9c
            """)

    @Argument(help: "The point's code (its values, comma-separated), its hash, or the first digits of its hash.")
    var point: String

    @Option(help: "The exploration's name (default: the only one in the ledger).")
    var exploration: String?

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
                return "the ledger has no point with this hash, and a hash does not tell which point it is: "
                    + "ask with the point's code"
            }
            return "never reached: it is no point of '\(ring.definition.name)': \(error)"
        }
    }

    private static func known(_ hash: PointHash, _ ring: Ring) async throws -> String {
        // First the queues, then the ledger: a job that is done meanwhile is then completed there.
        let jobs = try await ring.jobs.jobs(of: hash)
        guard let run = try await ring.ledger.run(hash.bytes, in: ring.definition.table),
            let point = try await ring.ledger.points([hash.bytes], in: ring.definition.table)[0]
        else { throw SettingError(description: "the point \(hash) has just left the ledger") }
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
        var lines = [point.code]
        if let job = try await ring.jobs.jobs(of: hash).first {
            lines.append(
                "on its way into the ledger: it is \(PointEvidence.standing(job.state)) in \(job.queue.rawValue)")
            return lines.joined(separator: "\n  ")
        }
        let reasons = PointReach(space: ring.definition.space).obstacles(to: point)
        if !reasons.isEmpty {
            lines += reasons.map { "never reached: \($0)" }
            return lines.joined(separator: "\n  ")
        }
        let reach = Reachability(ring)
        lines += PointReach.explanation(of: try await reach.answer(about: point))
        return lines.joined(separator: "\n  ")
    }
}
