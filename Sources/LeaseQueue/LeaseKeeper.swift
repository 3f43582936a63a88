internal import Synchronization

/// Keeps the leases that a process holds, and ends the work on one that cannot be kept.
///
/// One task extends all leases that are being held, in one round trip whatever their number. A lease counts as lost as
/// soon as it may be lost by this machine's own clock, before the server can have given the job to anybody else; the
/// server's answer that it is lost counts as well.
///
/// ```swift
/// try await LeaseKeeper.keeping(queues) { keeper in
///     while let lease = try await queues.lease(1, from: "resize", wait: .seconds(60)).leases.first {
///         let picture = try await keeper.hold(lease) { try await resize(lease.payload) }
///         _ = try await queues.finish([.complete(lease)], in: "resize")
///     }
/// }
/// ```
public final class LeaseKeeper: Sendable {
    /// How often leases are extended.
    public let beat: Duration
    private let queues: LeaseQueues
    private let held = Mutex<(next: Int, works: [Int: HeldWork])>((0, [:]))

    private init(_ queues: LeaseQueues, beat: Duration) {
        self.queues = queues
        self.beat = beat
    }

    /// Keeps leases for as long as `body` runs.
    /// - Parameters:
    ///   - queues: what the leases came from.
    ///   - beat: how often leases are extended; nil stands for a third of the shortest lease time of all queues. No lease
    ///     that is shorter than twice this can be held.
    ///   - onBeat: is called each time that the leases held were extended, or found to be lost.
    /// - Throws: what `body` throws.
    public static func keeping<Result: Sendable>(
        _ queues: LeaseQueues, beat: Duration? = nil, onBeat: @escaping @Sendable () -> Void = {},
        _ body: (LeaseKeeper) async throws -> Result
    ) async rethrows -> Result {
        let shortest = queues.desks.all.map(\.configuration.leaseTime).min() ?? .seconds(30)
        let keeper = LeaseKeeper(queues, beat: max(beat ?? shortest / 3, .milliseconds(3)))
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await keeper.run(onBeat) }
            defer { group.cancelAll() }
            return try await body(keeper)
        }
    }

    /// Works under a lease, and keeps it meanwhile: ``hold(_:_:)-([Lease],_)`` with one lease.
    public func hold<Result: Sendable>(
        _ lease: Lease, _ work: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        try await hold([lease], work)
    }

    /// Works under some leases, and keeps all of them meanwhile.
    ///
    /// When one of them is lost, or its queue's consumers are told to stop, the work is cancelled, and this waits for it to
    /// end. Nothing that work does for a lost lease after that may count, and ending that lease would be answered as stale;
    /// the others are not affected.
    /// - Returns: what `work` returns. That a lease was valid then is no promise that it is when it is ended.
    /// - Throws: ``LeaseQueueError`` with the code `leaseLost` or `stopped` where that is why the work was ended;
    ///   otherwise what `work` throws. `invalidArgument` for a lease that is too short for ``beat``.
    public func hold<Result: Sendable>(
        _ leases: [Lease], _ work: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        guard !leases.isEmpty else { return try await work() }
        if let short = leases.map(\.leaseTime).min(), short < beat * 2 {
            throw LeaseQueueError(
                .invalidArgument,
                "A lease of \(short) is too short to be kept by a beat every \(beat); keep with a faster beat.")
        }
        let held = HeldWork(leases)
        let number = add(held)
        defer { remove(number) }
        return try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask { try await work() }
            group.addTask {
                await held.untilOver()
                return nil
            }
            do {
                if let result = try await group.next() ?? nil {
                    group.cancelAll()
                    return result
                }
            } catch {
                group.cancelAll()
                // What the work threw, unless that came of the lease's end.
                guard let reason = held.reason, error is CancellationError else { throw error }
                throw reason
            }
            group.cancelAll()
            guard let reason = held.reason else { throw CancellationError() }
            _ = await group.nextResult()
            throw reason
        }
    }

    /// Extends all leases again and again, until the task is cancelled.
    private func run(_ onBeat: () -> Void) async {
        while (try? await Task.sleep(for: beat)) != nil {
            let works = held.withLock { Array($0.works.values) }
            guard !works.isEmpty else { continue }
            // What goes wrong passes, or the leases run out and the works are ended; the next beat tries again.
            guard let reply = try? await queues.extend(works.flatMap(\.leases)) else { continue }
            onBeat()
            var held = reply.held[...]
            for work in works {
                let holds = held.prefix(work.leases.count)
                held = held.dropFirst(work.leases.count)
                if let lost = zip(work.leases, holds).first(where: { !$1 })?.0 {
                    work.end(.lost(lost))
                } else if let stopped = work.leases.first(where: { reply.controls[$0.queue] == .stop }) {
                    work.end(.stopped(stopped))
                }
            }
        }
    }

    private func add(_ work: HeldWork) -> Int {
        held.withLock { held in
            held.next += 1
            held.works[held.next] = work
            return held.next
        }
    }

    private func remove(_ number: Int) {
        held.withLock { held in held.works[number] = nil }
    }
}

extension LeaseQueueError {
    static func lost(_ lease: Lease) -> LeaseQueueError {
        LeaseQueueError(
            .leaseLost,
            "The lease on job \(lease.id) of queue \(lease.queue) was lost, so its work was ended; it is, or will be, "
                + "somebody else's.")
    }

    static func stopped(_ lease: Lease) -> LeaseQueueError {
        LeaseQueueError(
            .stopped,
            "The consumers of queue \(lease.queue) are told to stop, so the work on job \(lease.id) was ended; give it "
                + "back.")
    }
}
