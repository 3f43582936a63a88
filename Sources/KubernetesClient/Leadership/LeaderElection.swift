internal import HTTPClient
package import Logging
internal import Support

/// Lets one of several candidates lead at a time, by a Lease object, and hands over when it goes.
package struct LeaderElection: Sendable {
    /// How long things take.
    package struct Timing: Sendable, Hashable {
        /// How long others wait after the leader's last renewal; whole seconds.
        package var duration: Duration
        /// How long after its last renewal a leader gives up by itself; less than ``duration``.
        package var deadline: Duration
        /// How often the Lease is renewed, or looked at.
        package var period: Duration

        /// 15 s, 10 s and 2 s, as the cluster's own controllers have it.
        package init(
            duration: Duration = .seconds(15), deadline: Duration = .seconds(10), period: Duration = .seconds(2)
        ) {
            self.duration = duration
            self.deadline = deadline
            self.period = period
        }
    }

    private let client: KubernetesClient
    private let namespace: String
    private let name: String
    private let identity: String
    private let timing: Timing
    private let logger: Logger
    private let whileWaiting: @Sendable () -> Void

    /// - Parameters:
    ///   - name: the Lease's, the same for all candidates.
    ///   - identity: the candidate's, another for each: a pod's name and something drawn at random.
    ///   - whileWaiting: is called whenever the Lease was looked at and somebody else leads, which is all well.
    package init(
        client: KubernetesClient, namespace: String, name: String, identity: String, timing: Timing = Timing(),
        logger: Logger, whileWaiting: @escaping @Sendable () -> Void = {}
    ) {
        precondition(timing.period < timing.deadline && timing.deadline < timing.duration)
        self.client = client
        self.namespace = namespace
        self.name = name
        self.identity = identity
        self.timing = timing
        self.logger = logger
        self.whileWaiting = whileWaiting
    }

    /// Waits to lead, then does `lead`; when the lead is lost, `lead` is cancelled and the waiting begins anew.
    ///
    /// When `lead` ends, or the task is cancelled, the Lease is given back at once.
    ///
    /// - Throws: what `lead` throws, ``KubernetesError`` where the Lease may not be read or written, or
    ///   `CancellationError`.
    package func run(_ lead: @escaping @Sendable () async throws -> Void) async throws {
        // Given back at the end even after it was lost: for lateness alone, it may still be written down.
        var last: LeaseElection?
        do {
            while true {
                let candidate = try await acquire()
                last = candidate.election
                logger.notice("leading", metadata: ["identity": "\(identity)", "lease": "\(namespace)/\(name)"])
                if try await hold(candidate, lead) { return await release(candidate.election) }
                logger.warning("the lead was lost", metadata: ["identity": "\(identity)"])
            }
        } catch {
            if let last { await release(last) }
            throw error
        }
    }

    /// A candidate's view, and when it last renewed the Lease.
    private struct Candidate: Sendable {
        var election: LeaseElection
        var renewedAt: ContinuousClock.Instant
    }

    /// Tries until this candidate leads.
    private func acquire() async throws -> Candidate {
        var election = LeaseElection(name: name, namespace: namespace, identity: identity, duration: timing.duration)
        var holder = ""
        while true {
            do {
                let began = ContinuousClock.now
                switch try await attempt(&election) {
                case nil: return Candidate(election: election, renewedAt: began)
                case let other?:
                    if other != holder { logger.info("somebody else leads", metadata: ["holder": "\(other)"]) }
                    holder = other
                    whileWaiting()
                }
            } catch let error as KubernetesError where error.isTransient || error.code == .conflict {
                logger.debug("the lease could not be had", metadata: ["error": "\(error)"])
            }
            try await pause()
        }
    }

    /// Leads, and renews the Lease meanwhile.
    ///
    /// - Returns: whether `lead` has ended; false when the lead was lost.
    private func hold(_ candidate: Candidate, _ lead: @escaping @Sendable () async throws -> Void) async throws -> Bool
    {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await lead()
                return true
            }
            group.addTask {
                try await renew(candidate)
                return false
            }
            defer { group.cancelAll() }
            let hasEnded = try await group.next()!
            group.cancelAll()
            // Nobody else may begin before what was led here has come to its end.
            do {
                while try await group.next() != nil {}
            } catch is CancellationError {}
            return hasEnded
        }
    }

    /// Renews the Lease until that does not succeed in time, or somebody else has it.
    private func renew(_ candidate: Candidate) async throws {
        var candidate = candidate
        while true {
            try await pause()
            let left = candidate.renewedAt.advanced(by: timing.deadline) - ContinuousClock.now
            guard left > .zero else { return }
            let late = KubernetesError(.unreachable, "The Lease '\(name)' could not be renewed in time.")
            do {
                let began = ContinuousClock.now
                let (holder, election) = try await TimeLimit.run(left, late: late) { [election = candidate.election] in
                    var election = election
                    return (try await attempt(&election), election)
                }
                if let holder {
                    logger.warning("somebody else took the lead", metadata: ["holder": "\(holder)"])
                    return
                }
                candidate = Candidate(election: election, renewedAt: began)
            } catch let error as KubernetesError {
                logger.warning("the lease was not renewed", metadata: ["error": "\(error)"])
            }
        }
    }

    /// Looks at the Lease, and takes or renews it where that is right.
    ///
    /// - Returns: who leads instead; nil when it is this one.
    private func attempt(_ election: inout LeaseElection) async throws -> String? {
        let now = ContinuousClock.now
        switch election.step(seeing: try await current(), at: now, wallClock: UTC.microsecondsNow) {
        case .create(let lease):
            guard try await client.create(lease, in: namespace).isNew else {
                throw KubernetesError(.conflict, "Another candidate made the Lease '\(name)' first.")
            }
            return nil
        case .replace(let lease):
            _ = try await client.replace(lease, in: namespace)
            return nil
        case .wait(let holder):
            return holder
        }
    }

    private func current() async throws -> LeaseObject? {
        try await client.find(LeaseObject.self, name, in: namespace)
    }

    /// Gives the Lease back, where this candidate has it. Done even when the task was cancelled, in bounded time.
    private func release(_ election: LeaseElection) async {
        let late = KubernetesError(.unreachable, "The Lease '\(name)' could not be given back in time.")
        // A task of its own, since the cancelled one can send nothing any more; it is waited for.
        await Task {
            do {
                try await TimeLimit.run(.seconds(5), late: late) {
                    while let lease = try await current(),
                        let released = election.released(lease, wallClock: UTC.microsecondsNow)
                    {
                        do {
                            _ = try await client.replace(released, in: namespace)
                            return logger.notice("the lead is given back", metadata: ["identity": "\(identity)"])
                        } catch let error as KubernetesError where error.code == .conflict {
                            // The last renewal was still on its way when it was cancelled, and came in between.
                            try await pause()
                        }
                    }
                }
            } catch {
                logger.warning(
                    "the lease was not given back; others wait for it to run out", metadata: ["error": "\(error)"])
            }
        }.value
    }

    /// Candidates that began together do not stay together.
    private func pause() async throws {
        try await Task.sleep(for: timing.period * Double.random(in: 1...1.2))
    }
}
