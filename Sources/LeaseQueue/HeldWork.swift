internal import Synchronization

/// Work that goes on under some leases, and why it has to end.
final class HeldWork: Sendable {
    private enum State {
        case going
        case waited(CheckedContinuation<Void, Never>)
        case ended
    }

    let leases: [Lease]
    private let state = Mutex<(phase: State, reason: LeaseQueueError?)>((.going, nil))

    init(_ leases: [Lease]) {
        self.leases = leases
    }

    /// Why the work had to end; nil while it need not.
    var reason: LeaseQueueError? { state.withLock { $0.reason } }

    /// The work has to end; nil when nobody needs to wait for that any more. Only the first reason counts.
    func end(_ reason: LeaseQueueError?) {
        let waiting = state.withLock { state -> CheckedContinuation<Void, Never>? in
            defer { state.phase = .ended }
            switch state.phase {
            case .ended: return nil
            case .going:
                state.reason = reason
                return nil
            case .waited(let continuation):
                state.reason = reason
                return continuation
            }
        }
        waiting?.resume()
    }

    /// Returns once the work has to end, at the latest when a lease has run out by this machine's clock; or once the
    /// task is cancelled.
    func untilOver() async {
        await withTaskGroup { group in
            group.addTask { await self.untilEnded() }
            group.addTask { await self.untilRunOut() }
            await group.next()
            group.cancelAll()
        }
    }

    private func untilEnded() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isEnded = state.withLock { state in
                    if case .ended = state.phase { return true }
                    state.phase = .waited(continuation)
                    return false
                }
                if isEnded { continuation.resume() }
            }
        } onCancel: {
            end(nil)
        }
    }

    private func untilRunOut() async {
        // Extending a lease moves its end, so which is the first to run out is asked again each time.
        while let first = leases.min(by: { $0.expires < $1.expires }) {
            guard first.isValid else { return end(.lost(first)) }
            guard (try? await Task.sleep(until: first.expires, clock: .continuous)) != nil else { return }
        }
    }
}
