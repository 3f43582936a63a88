internal import HTTPClient
package import Logging
internal import Support

/// Elects one leader among several candidates with a Lease object.
package struct LeaderElection: Sendable {
    /// The durations of an election.
    package struct Timing: Sendable, Hashable {
        /// The time after the leader's last renewal during which the others wait; whole seconds.
        package var duration: Duration
        /// The time after its last renewal at which a leader stops leading; less than ``duration``.
        package var deadline: Duration
        /// The interval at which the Lease is renewed or read.
        package var period: Duration

        /// Creates a timing, by default 15 s, 10 s and 2 s like Kubernetes' controllers.
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
    ///   - name: the name of the Lease, the same for all candidates.
    ///   - identity: the unique name of the candidate, such as a pod's name with a random suffix.
    ///   - whileWaiting: called after every successful read of the Lease while another candidate leads.
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

    /// Waits to become the leader and then runs `lead`. If the leadership is lost, cancels `lead` and waits again.
    ///
    /// The Lease is released as soon as `lead` ends or the task is cancelled.
    ///
    /// - Throws: the error of `lead`, ``KubernetesError`` without permission to read or write the Lease, or
    ///   `CancellationError`.
    package func run(_ lead: @escaping @Sendable () async throws -> Void) async throws {
        // Released at the end even if the leadership was lost: after a late renewal the Lease may still have this
        // holder.
        var last: LeaseElection?
        do {
            while true {
                let candidate = try await acquire()
                last = candidate.election
                logger.notice("leading", metadata: ["identity": "\(identity)", "lease": "\(namespace)/\(name)"])
                if try await hold(candidate, lead) { return await release(candidate.election) }
                logger.warning("leadership lost", metadata: ["identity": "\(identity)"])
            }
        } catch {
            if let last { await release(last) }
            throw error
        }
    }

    /// A candidate's state and the time of its last renewal.
    private struct Candidate: Sendable {
        var election: LeaseElection
        var renewedAt: ContinuousClock.Instant
    }

    /// Waits until this candidate leads.
    private func acquire() async throws -> Candidate {
        var election = LeaseElection(name: name, namespace: namespace, identity: identity, duration: timing.duration)
        var holder = ""
        while true {
            do {
                let began = ContinuousClock.now
                switch try await attempt(&election) {
                case nil: return Candidate(election: election, renewedAt: began)
                case let other?:
                    if other != holder { logger.info("another candidate leads", metadata: ["holder": "\(other)"]) }
                    holder = other
                    whileWaiting()
                }
            } catch let error as KubernetesError where error.isTransient || error.code == .conflict {
                logger.debug("lease not acquired", metadata: ["error": "\(error)"])
            }
            try await pause()
        }
    }

    /// Runs `lead` and renews the Lease concurrently.
    ///
    /// - Returns: whether `lead` has ended; false if the leadership was lost.
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
            // Another candidate may only start after `lead` has ended here.
            do {
                while try await group.next() != nil {}
            } catch is CancellationError {}
            return hasEnded
        }
    }

    /// Renews the Lease until a renewal is late or another candidate has it.
    private func renew(_ candidate: Candidate) async throws {
        var candidate = candidate
        while true {
            try await pause()
            let left = candidate.renewedAt.advanced(by: timing.deadline) - ContinuousClock.now
            guard left > .zero else { return }
            let late = KubernetesError(.unreachable, "cannot renew the Lease '\(name)' in time")
            do {
                let began = ContinuousClock.now
                let (holder, election) = try await TimeLimit.run(left, late: late) { [election = candidate.election] in
                    var election = election
                    return (try await attempt(&election), election)
                }
                if let holder {
                    logger.warning("another candidate took the leadership", metadata: ["holder": "\(holder)"])
                    return
                }
                candidate = Candidate(election: election, renewedAt: began)
            } catch let error as KubernetesError {
                logger.warning("lease not renewed", metadata: ["error": "\(error)"])
            }
        }
    }

    /// Reads the Lease and acquires or renews it if possible.
    ///
    /// - Returns: the leader if it is another candidate, else `nil`.
    private func attempt(_ election: inout LeaseElection) async throws -> String? {
        let now = ContinuousClock.now
        switch election.step(seeing: try await current(), at: now, wallClock: UTC.microsecondsNow) {
        case .create(let lease):
            guard try await client.create(lease, in: namespace).isNew else {
                throw KubernetesError(.conflict, "another candidate created the Lease '\(name)' first")
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

    /// Releases the Lease if this candidate holds it, in bounded time, even if the task was cancelled.
    private func release(_ election: LeaseElection) async {
        let late = KubernetesError(.unreachable, "cannot release the Lease '\(name)' in time")
        // Unstructured, because a cancelled task cannot send requests; it has ended when this returns.
        await Task {
            do {
                try await TimeLimit.run(.seconds(5), late: late) {
                    while let lease = try await current(),
                        let released = election.released(lease, wallClock: UTC.microsecondsNow)
                    {
                        do {
                            _ = try await client.replace(released, in: namespace)
                            return logger.notice("leadership released", metadata: ["identity": "\(identity)"])
                        } catch let error as KubernetesError where error.code == .conflict {
                            // The last renewal was cancelled but still reached the server in between.
                            try await pause()
                        }
                    }
                }
            } catch {
                logger.warning(
                    "lease not released; other candidates wait until it expires", metadata: ["error": "\(error)"])
            }
        }.value
    }

    /// Waits for a period with jitter, so that candidates that started together spread out.
    private func pause() async throws {
        try await Task.sleep(for: timing.period * Double.random(in: 1...1.2))
    }
}
