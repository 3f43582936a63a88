/// Runs child processes until their work is done, and starts again whichever ends before that.
///
/// ```swift
/// let supervisor = Supervisor(children: [sqlClient, worker])
/// async let log: Void = { for await event in supervisor.events { … } }()
/// try await supervisor.run()
/// ```
///
/// The children die with this process, even if it is killed; see ``ChildProcess`` for how each is stopped.
package struct Supervisor: Sendable {
    /// What happens, as it happens. For one reader; it ends when ``run()`` returns. Of a reader that falls behind, the
    /// oldest events are dropped.
    package let events: AsyncStream<SupervisorEvent>

    private let children: [ChildProcess]
    private let policy: RestartPolicy
    private let report: AsyncStream<SupervisorEvent>.Continuation

    /// Prepares the supervision; nothing is started yet.
    package init(children: [ChildProcess], policy: RestartPolicy = RestartPolicy()) {
        self.children = children
        self.policy = policy
        (events, report) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1_000))
    }

    /// Starts every child and returns when all have finished; call it once.
    ///
    /// When the task is cancelled, it stops the children in their order and returns normally once all are gone.
    ///
    /// - Throws: ``SupervisorError`` when a child ended with one of its fatal statuses or cannot be started; the others
    ///   have been stopped by then.
    package func run() async throws {
        defer { report.finish() }
        let (ends, ended) = AsyncStream.makeStream(of: SupervisorError?.self)
        // Tasks of their own rather than a task group: cancelling a group would stop all the children at once, and they
        // have an order. Every one of them is awaited below, whatever happens.
        let tasks = children.map { child in
            (order: child.stopOrder, task: Task { _ = ended.yield(await supervise(child)) })
        }

        var failure: SupervisorError?
        var left = tasks.count
        var iterator = ends.makeAsyncIterator()
        // `next()` also returns nil when this task is cancelled.
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
        var delay: Duration?
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
            let wait = policy.delay(afterLifeOf: life.duration, previous: delay)
            delay = wait
            report.yield(
                .failed(name: child.name, status: life.status, logTail: life.logTail, restartAfter: wait))
            try? await Task.sleep(for: wait)
        }
        return nil
    }
}
