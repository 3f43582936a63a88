import Support
import Synchronization
import Testing

@Suite("An async mutex", .timeLimit(.minutes(1)))
struct AsyncMutexTests {
    @Test("is held by one task at a time, and every task gets it")
    func isExclusive() async throws {
        let mutex = AsyncMutex()
        let visits = Visits()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<200 {
                group.addTask {
                    try await mutex.withLock {
                        visits.enter()
                        await Task.yield()
                        visits.leave()
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(visits.max == 1)
        #expect(visits.count == 200)
    }

    @Test("is not waited for by a task that is cancelled, before it waits or while it does")
    func cancelledWaiterLeaves() async throws {
        let mutex = AsyncMutex()
        for _ in 0..<200 {
            try await mutex.withLock {
                let waiting = Task { try await mutex.withLock {} }
                if Bool.random() { await Task.yield() }
                waiting.cancel()
                await #expect(throws: CancellationError.self) { try await waiting.value }
            }
        }
        let isFree = try await mutex.withLock { true }
        #expect(isFree)
    }

    @Test("is unlocked by a body that throws")
    func throwingBodyUnlocks() async throws {
        let mutex = AsyncMutex()
        await #expect(throws: CancellationError.self) { try await mutex.withLock { throw CancellationError() } }
        let isFree = try await mutex.withLock { true }
        #expect(isFree)
    }
}

@Suite("An async promise", .timeLimit(.minutes(1)))
struct AsyncPromiseTests {
    @Test("gives its first result to every task that waits, and to later ones")
    func resolvesEveryWaiter() async throws {
        let promise = AsyncPromise<Int>()
        let waiting = (0..<50).map { index in
            Task { index.isMultiple(of: 2) ? try await promise.value : try await promise.valueUnlessCancelled() }
        }
        await Task.yield()
        #expect(promise.resolve(.success(7)))
        #expect(!promise.resolve(.success(8)))
        for task in waiting { #expect(try await task.value == 7) }
        #expect(try await promise.value == 7)
    }

    @Test("lets a cancelled task go, before it waits or while it does, and keeps the others")
    func cancelledWaiterLeaves() async throws {
        let promise = AsyncPromise<Int>()
        let staying = Task { try await promise.value }
        for _ in 0..<200 {
            let leaving = Task { try await promise.valueUnlessCancelled() }
            if Bool.random() { await Task.yield() }
            leaving.cancel()
            await #expect(throws: CancellationError.self) { try await leaving.value }
        }
        staying.cancel()
        promise.resolve(.success(1))
        #expect(try await staying.value == 1)
    }
}

/// Counts the tasks inside a section, and how many were inside at once.
private final class Visits: Sendable {
    private let state = Mutex((inside: 0, max: 0, count: 0))

    var max: Int { state.withLock { $0.max } }
    var count: Int { state.withLock { $0.count } }

    func enter() {
        state.withLock {
            $0.inside += 1
            $0.count += 1
            $0.max = Swift.max($0.max, $0.inside)
        }
    }

    func leave() {
        state.withLock { $0.inside -= 1 }
    }
}
