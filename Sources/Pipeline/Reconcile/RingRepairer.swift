internal import ExplorationFile
internal import LeaseQueue
internal import Logging
internal import RunLedger
internal import ServiceLifecycle
internal import Support

/// Repairs the ring when its queues have lost jobs. Every sql-client runs it; the one that holds a lock in the ledger
/// works.
///
/// The queues have lost data if their server is another one than before, if the mark that was left in them is gone or
/// older, or if the server's clock went back. The ring has lost jobs, too, if it is at rest and the ledger has open
/// points. In each case the queues are compared with the ledger.
///
/// A ring that an operator drained, stopped or reset stays as it is.
package struct RingRepairer: Service {
    let ring: Ring
    /// The time between two looks at the ring.
    var interval = Duration.seconds(5)

    package init(_ ring: Ring) {
        self.ring = ring
    }

    package func run() async throws {
        var rests = Backoff.Counter(Backoff(base: .seconds(10), cap: .seconds(600), jitter: .none))
        var nextRest = ContinuousClock.now
        try await RoleLoop(logger: ring.logger).run {
            let start = ContinuousClock.now
            if try await ring.ledger.holdsRingLock(of: ring.definition.table) {
                switch try await look(atRest: start >= nextRest) {
                case .working: rests.reset()
                case .atRest: break
                case .reconciledAtRest: nextRest = .now + rests.next()
                }
            }
            // However long the ledger takes to count, it is a small part of the time.
            let pause = max(interval, start.duration(to: .now) * 20)
            try await cancelWhenGracefulShutdown { try await Task.sleep(for: pause) }
        }
    }

    enum Finding {
        case working
        case atRest
        case reconciledAtRest
    }

    /// Looks at the ring once, and repairs it if it has lost something.
    ///
    /// - Parameter atRest: whether to reconcile a ring that is at rest with open points.
    func look(atRest: Bool = true) async throws -> Finding {
        let table = ring.definition.table
        let open = try await ring.ledger.openPoints(of: table)
        RingMetrics.recordOpenPoints(open)
        let state = try await ring.queues.serverState()
        let counts = try await ring.queues.counts()
        if state.mark == KillSwitch.resetMark, counts.isFinished { return .atRest }
        let known = try await ring.ledger.ringMark(of: table).flatMap { RingMark($0) }
        if let known, state.mark != KillSwitch.resetMark, let loss = known.loss(in: state),
            try await ring.ledger.progress(of: table).total > 0
        {
            ring.logger.warning(
                "queues may have lost jobs; comparing them with the ledger", metadata: ["reason": "\(loss)"])
            if let points = try await ring.ledger.budget(of: table)?.points, state.mark == nil {
                try await BudgetController(ring).limit(toPoints: points)
            }
            try await reconcile()
        }
        // The mark in the queues comes first: if this process ends in between, the ring is compared once more.
        let next = RingMark(state)
        try await ring.queues.setMark(next.text)
        try await ring.ledger.setRingMark(next.description, of: table)
        guard counts.isFinished else { return .working }
        guard atRest, open > 0, try await ring.queues.control(of: RingQueues.main) == .run,
            // The count of open points is older than that of jobs, so a last result may have been on its way.
            try await ring.ledger.openPoints(of: table) > 0
        else { return .atRest }
        ring.logger.warning("ring at rest with open points", metadata: ["open": "\(open)"])
        return try await reconcile() ? .working : .reconciledAtRest
    }

    /// - Returns: whether there are jobs now that there were not before.
    @discardableResult
    private func reconcile() async throws -> Bool {
        let report = try await Reconciler(ring).run()
        ring.logger.notice("reconciled", metadata: ["exploration": "\(ring.definition.name)", "report": "\(report)"])
        return report.queuesWork
    }
}

/// The memory of the queues' server by which a loss is recognised.
struct RingMark: CustomStringConvertible {
    let server: String
    let data: String
    /// In microseconds since 1970; 0 if the server does not report it.
    let time: Int64
    /// The mark in the queues.
    let text: String

    init(_ state: ServerState) {
        server = state.runID ?? "-"
        data = state.replicationID ?? "-"
        time = state.time ?? 0
        text = "\(UInt64.random(in: 0 ... .max))"
    }

    init?(_ description: String) {
        let parts = description.split(separator: " ")
        guard parts.count == 4, let time = Int64(parts[2]) else { return nil }
        (server, data, self.time, text) = (String(parts[0]), String(parts[1]), time, String(parts[3]))
    }

    var description: String { "\(server) \(data) \(time) \(text)" }

    /// The reason why the queues may have lost data since this mark was left; `nil` if they have not.
    func loss(in state: ServerState) -> String? {
        if state.mark == nil { return "the queues are empty" }
        if state.mark != text { return "the queues are older than they were" }
        if server != state.runID ?? "-" { return "Redis was restarted" }
        if data != state.replicationID ?? "-" { return "another Redis has taken over" }
        // Clocks are corrected by small steps.
        if let now = state.time, now < time - 1_000_000 { return "the clock of Redis went back" }
        return nil
    }
}
