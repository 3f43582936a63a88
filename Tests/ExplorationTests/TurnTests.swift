import Synchronization
import Testing

@testable import Exploration

@Suite("A turn", .timeLimit(.minutes(1)))
struct TurnTests {
    @Test("is one task's at a time, and each gets it")
    func exclusive() async throws {
        let turn = Turn()
        let visits = Visits()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<200 {
                group.addTask {
                    try await turn.begin()
                    visits.enter()
                    await Task.yield()
                    visits.leave()
                    turn.end()
                }
            }
            try await group.waitForAll()
        }
        #expect(visits.most == 1 && visits.count == 200)
    }

    @Test("is not waited for by a task that is cancelled, before it waits or while it does")
    func cancelled() async throws {
        let turn = Turn()
        for _ in 0..<200 {
            try await turn.begin()
            let waiting = Task { try await turn.begin() }
            if Bool.random() { await Task.yield() }
            waiting.cancel()
            await #expect(throws: CancellationError.self) { try await waiting.value }
            turn.end()
        }
        try await turn.begin()
    }
}

/// How many tasks were somewhere, and how many at once.
private final class Visits: Sendable {
    private let state = Mutex((inside: 0, most: 0, count: 0))

    var most: Int { state.withLock { $0.most } }
    var count: Int { state.withLock { $0.count } }

    func enter() {
        state.withLock {
            $0.inside += 1
            $0.count += 1
            $0.most = max($0.most, $0.inside)
        }
    }

    func leave() {
        state.withLock { $0.inside -= 1 }
    }
}
