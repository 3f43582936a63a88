internal import Synchronization

/// Tries something for whoever asks, at most once at a time, and lets nobody wait for it for long.
///
/// What is tried may hang in a way that nothing can end, as a call of a C library to a server that says nothing. Then
/// whoever asks is told so in time, and asking again adds nothing to what hangs.
final class PatientCheck: Sendable {
    private struct State {
        /// What is being tried; its owner is this check.
        var running: Task<Void, Never>?
        var asked: UInt64 = 0
        var waiting: [UInt64: CheckedContinuation<String?, Never>] = [:]
    }

    private let body: @Sendable () async throws -> Void
    private let state = Mutex(State())

    /// - Parameter body: throws what is wrong.
    init(_ body: @escaping @Sendable () async throws -> Void) {
        self.body = body
    }

    /// What is wrong, or that there was no answer in time; nil where all is well.
    func failure(within patience: Duration) async -> String? {
        await withCheckedContinuation { continuation in
            let number = state.withLock { state in
                state.asked += 1
                state.waiting[state.asked] = continuation
                if state.running == nil { state.running = Task { await run() } }
                return state.asked
            }
            // Ends by itself in a moment.
            Task {
                try? await Task.sleep(for: patience)
                giveUp(number, after: patience)
            }
        }
    }

    private func run() async {
        var failure: String?
        do {
            try await body()
        } catch {
            failure = error is CancellationError ? "no answer in time" : "\(error)"
        }
        let waiting = state.withLock { state in
            defer { state.waiting = [:] }
            state.running = nil
            return state.waiting.values
        }
        for continuation in waiting { continuation.resume(returning: failure) }
    }

    private func giveUp(_ number: UInt64, after patience: Duration) {
        let continuation = state.withLock { state in
            let continuation = state.waiting.removeValue(forKey: number)
            // So that the next one tries anew, where it can be ended.
            if continuation != nil { state.running?.cancel() }
            return continuation
        }
        let tenths = Int(patience / .milliseconds(100))
        continuation?.resume(returning: "no answer within \(Double(tenths) / 10) s")
    }
}
