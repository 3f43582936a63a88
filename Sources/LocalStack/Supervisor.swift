package import Support

/// Runs child processes until their work is done, and restarts every child that ends before that.
///
/// ```swift
/// let supervisor = Supervisor(children: [sqlClient, worker])
/// async let log: Void = { for await event in supervisor.events { … } }()
/// try await supervisor.run()
/// ```
///
/// The children die with this process, even if it is killed; see ``ChildProcess`` for how each is stopped.
package struct Supervisor: Sendable {
    /// The events of the children, for one reader. The stream ends when ``run()`` returns. If the reader falls behind, the
    /// oldest events are dropped.
    package let events: AsyncStream<SupervisorEvent>

    /// The waits before restarts: 100 ms doubling to 5 s.
    package static let defaultBackoff = Backoff(base: .milliseconds(100), cap: .seconds(5), jitter: .none)
    /// A child that lived this long was healthy: its backoff starts again.
    private static let healthyLife = Duration.seconds(10)

    private let children: [ChildProcess]
    private let backoff: Backoff
    private let report: AsyncStream<SupervisorEvent>.Continuation

    /// Prepares the supervision; nothing is started yet.
    ///
    /// - Parameter backoff: the waits before restarts.
    package init(children: [ChildProcess], backoff: Backoff = Self.defaultBackoff) {
        self.children = children
        self.backoff = backoff
        (events, report) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1_000))
    }

    /// Starts every child and returns when all have finished; call it once.
    ///
    /// If the task is cancelled, it stops the children in their order and returns normally when all have ended.
    ///
    /// - Throws: ``SupervisorError`` if a child ended with one of its fatal statuses or cannot be started; the others
    ///   have been stopped by then.
    package func run() async throws {
        defer { report.finish() }
        let (ends, ended) = AsyncStream.makeStream(of: SupervisorError?.self)
        // Separate tasks rather than a task group: cancelling a group would stop all children at once, but they have an
        // order. Every task is awaited below in any case.
        let tasks = children.map { child in
            (order: child.stopOrder, task: Task { _ = ended.yield(await supervise(child)) })
        }

        var failure: SupervisorError?
        var left = tasks.count
        var iterator = ends.makeAsyncIterator()
        // `next()` also returns `nil` when this task is cancelled.
        while left > 0, failure == nil, let end = await iterator.next() {
            failure = end
            left -= 1
        }

        for (_, tier) in Dictionary(grouping: tasks, by: \.order).sorted(by: { $0.key < $1.key }) {
            for member in tier { member.task.cancel() }
            for member in tier { await member.task.value }
        }
        if let failure { throw failure }
    }

    /// Runs one child again and again, until its work is done, the task is cancelled, or no restart can help.
    private func supervise(_ child: ChildProcess) async -> SupervisorError? {
        var restarts = Backoff.Counter(backoff)
        while !Task.isCancelled {
            let life: ChildProcess.Life
            do {
                life = try await child.run { report.yield(.started(name: child.name, processID: $0)) }
            } catch {
                if Task.isCancelled { return nil }
                return SupervisorError(code: .cannotStart("\(error)"), child: child.name, logTail: [])
            }
            if Task.isCancelled {
                report.yield(.stopped(name: child.name, status: life.status))
                return nil
            }
            if case .exited(let status) = life.status {
                if child.finalStatuses.contains(status) {
                    report.yield(.finished(name: child.name, status: life.status))
                    return nil
                }
                if child.fatalStatuses.contains(status) {
                    return SupervisorError(code: .fatalStatus(life.status), child: child.name, logTail: life.logTail)
                }
            }
            let wait = Self.wait(afterLifeOf: life.duration, &restarts)
            report.yield(
                .failed(name: child.name, status: life.status, logTail: life.logTail, restartAfter: wait))
            try? await Task.sleep(for: wait)
        }
        return nil
    }

    /// The wait before a child is restarted: longer after every short life, up to a limit.
    package static func wait(afterLifeOf life: Duration, _ restarts: inout Backoff.Counter) -> Duration {
        if life >= healthyLife { restarts.reset() }
        return restarts.next()
    }
}

/// An event in the life of a ``Supervisor``'s child.
package enum SupervisorEvent: Sendable, Equatable {
    /// A child runs, for the first time or again.
    case started(name: String, processID: Int32)
    /// A child ended unexpectedly and will be restarted after a wait.
    case failed(name: String, status: ChildStatus, logTail: [String], restartAfter: Duration)
    /// A child's work is done: it ended with one of its final statuses.
    case finished(name: String, status: ChildStatus)
    /// A child was stopped because the supervision ends.
    case stopped(name: String, status: ChildStatus)
}

/// The end of a supervision by a child that no restart can help.
package struct SupervisorError: Error, CustomStringConvertible {
    /// The kind of a ``SupervisorError``.
    package enum Code: Sendable, Equatable {
        /// The child ended with one of its fatal statuses.
        case fatalStatus(ChildStatus)
        /// No process could be created for it; the operating system's reason.
        case cannotStart(String)
    }

    /// The kind of error.
    package let code: Code
    /// The name of the child.
    package let child: String
    /// The last lines of the child's log.
    package let logTail: [String]

    package var description: String {
        let reason =
            switch code {
            case .fatalStatus(let status): "\(child) gave up with \(status)"
            case .cannotStart(let reason): "\(child) cannot be started: \(reason)"
            }
        return logTail.isEmpty ? reason : "\(reason); the end of its log:\n" + logTail.joined(separator: "\n")
    }
}
