internal import ExplorationFile
package import Health
internal import LeaseQueue
internal import Logging
internal import ParameterSpace
internal import RunLedger
internal import ServiceLifecycle
internal import Support

/// Finds the points to run next: takes finished points, and the job that carries a search on, from `explore`, and puts
/// proposals on `main_sql`.
///
/// It keeps no state that matters between two batches. The ledger decides whether a proposal is new;
/// ``ProposalCache`` only avoids most of the questions.
package struct Master: Service {
    let ring: Ring
    private let expander: Expander
    private let heartbeat: Heartbeat?
    /// The number of points in `main_sql` and `main` above which nothing is expanded.
    var maxWaitingPoints = 100_000

    package init(_ ring: Ring, heartbeat: Heartbeat? = nil) {
        self.ring = ring
        self.heartbeat = heartbeat
        expander = Expander(ring)
    }

    package func run() async throws {
        var cache = ProposalCache()
        var isSettled = true
        var capacity = RingCapacity(queues: ring.queues, maxWaitingPoints: maxWaitingPoints)
        let batch = expander.batch
        try await RoleLoop(logger: ring.logger, heartbeat: heartbeat).run {
            guard try await capacity.hasRoom() else {
                try await cancelWhenGracefulShutdown { try await Task.sleep(for: RingCapacity.pause) }
                return
            }
            // After an outage, the queue may have lost proposals.
            if !isSettled { cache.removeAll() }
            isSettled = false
            var reply = try await ring.queues.lease(batch, from: RingQueues.explore, wait: .seconds(1))
            // In an idle second, an older state of the ledger or of the queue may have been restored.
            if reply.leases.isEmpty { cache.removeAll() }
            while !reply.leases.isEmpty, !Task.isShuttingDownGracefully, !Task.isCancelled {
                let expansions = try await expand(reply.leases, cache)
                let finished = try await ring.queues.finish(
                    expansions.map(\.outcome), in: RingQueues.explore,
                    leaseNext: try await capacity.hasRoom() ? batch : 0)
                for (expansion, result) in zip(expansions, finished.results) where result == .done {
                    for hash in expansion.proposed { cache.insert(hash) }
                }
                reply = finished.next
            }
            try await giveBack(reply.leases)
            isSettled = true
        }
    }

    private func expand(_ leases: [Lease], _ cache: ProposalCache) async throws -> [Expansion] {
        do {
            return try await expander.expand(leases) { !cache.contains($0) }
        } catch {
            // If this fails, too, nothing is lost: the leases expire.
            try? await giveBack(leases)
            throw error
        }
    }

    private func giveBack(_ leases: [Lease]) async throws {
        guard !leases.isEmpty else { return }
        _ = try await ring.queues.finish(leases.map { .release($0) }, in: RingQueues.explore)
    }
}

/// Bounds the jobs of the ring: nothing is expanded while many points wait to be run, or the memory of Redis runs out.
struct RingCapacity {
    let queues: LeaseQueues
    let maxWaitingPoints: Int
    private var nextLook = ContinuousClock.now
    private var isFull = false

    /// The time between two looks.
    static let pause = Duration.milliseconds(250)
    /// The fraction of Redis' `maxmemory` above which nothing is expanded.
    static let maxMemoryUse = 0.75
    /// However little memory is left, this number of points may wait, so that the ring does not come to rest.
    static let minWaitingPoints = 1_000

    init(queues: LeaseQueues, maxWaitingPoints: Int) {
        self.queues = queues
        self.maxWaitingPoints = maxWaitingPoints
    }

    /// Whether points may be expanded.
    mutating func hasRoom() async throws -> Bool {
        guard ContinuousClock.now >= nextLook else { return !isFull }
        let counts = try await queues.counts()
        let waiting = [RingQueues.mainSQL, RingQueues.main].reduce(0) { $0 + (counts[$1]?.outstanding ?? 0) }
        isFull = Self.isFull(
            waiting: waiting, of: maxWaitingPoints, memoryUse: try await queues.memory().share)
        nextLook = .now + Self.pause
        return !isFull
    }

    static func isFull(waiting: Int, of limit: Int, memoryUse: Double?) -> Bool {
        waiting >= limit || waiting >= minWaitingPoints && memoryUse ?? 0 > maxMemoryUse
    }
}

/// The points that a master has proposed recently, so that it does not propose them again. In the interior of a stable
/// region, each point is proposed by every one of its neighbours.
///
/// It is only an optimisation: a forgotten point is proposed once more, and the ledger answers that it is known. Memory
/// is bounded; when the newer half is full, the older half is dropped.
struct ProposalCache {
    /// 128 of the hash's 256 bits, which no two points of an exploration share.
    private struct Key: Hashable {
        let high: UInt64
        let low: UInt64

        init(_ hash: PointHash) {
            func word(from start: Int) -> UInt64 {
                hash.bytes[start..<start + 8].reduce(0) { $0 << 8 | UInt64($1) }
            }
            high = word(from: 0)
            low = word(from: 8)
        }

        /// The bits come from a cryptographic digest, so one word is as good as a hash of both.
        func hash(into hasher: inout Hasher) {
            hasher.combine(low)
        }
    }

    private let capacity: Int
    private var newer: Set<Key> = []
    private var older: Set<Key> = []

    /// - Parameter capacity: the number of points in each half, at 16 to 32 bytes a point.
    init(capacity: Int = 500_000) {
        self.capacity = capacity
    }

    /// Whether the point was proposed recently.
    func contains(_ hash: PointHash) -> Bool {
        let key = Key(hash)
        return newer.contains(key) || older.contains(key)
    }

    /// Adds a proposal. Call this once the queue has it, never before: a proposal in the cache that was never made
    /// would be a point that is never run.
    mutating func insert(_ hash: PointHash) {
        if newer.count >= capacity {
            older = newer
            newer = []
        }
        newer.insert(Key(hash))
    }

    /// Removes all proposals, when the queue may have lost some.
    mutating func removeAll() {
        newer = []
        older = []
    }
}
