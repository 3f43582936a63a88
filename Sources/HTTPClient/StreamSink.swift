internal import Synchronization

/// Hands a response's body to one task chunk by chunk, and holds the server back while that task is busy.
final class StreamSink: ResponseSink {
    /// How many bytes wait here before the transfer pauses, and how few before it goes on.
    private static let highWater = 256 << 10
    private static let lowWater = 64 << 10

    let head = OneShot<HTTPResponseHead>()

    private struct State {
        var chunks: [[UInt8]] = []
        var buffered = 0
        var isPaused = false
        var end: Result<Void, any Error>?
        var waiter: CheckedContinuation<[UInt8]?, any Error>?

        /// What a task gets now; nil when it has to wait.
        mutating func take() -> Result<[UInt8]?, any Error>? {
            if !chunks.isEmpty {
                let chunk = chunks.removeFirst()
                buffered -= chunk.count
                return .success(chunk)
            }
            return end.map { end in end.map { nil } }
        }
    }

    private let name: String
    private let state = Mutex(State())

    init(name: String) {
        self.name = name
    }

    func begin(_ head: HTTPResponseHead) {
        self.head.resolve(.success(head))
    }

    func receive(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let (waiter, taken) = state.withLock { state -> (CheckedContinuation<[UInt8]?, any Error>?, Bool) in
            if let waiter = state.waiter {
                state.waiter = nil
                return (waiter, true)
            }
            guard state.buffered < Self.highWater else {
                state.isPaused = true
                return (nil, false)
            }
            state.chunks.append(Array(bytes))
            state.buffered += bytes.count
            return (nil, true)
        }
        waiter?.resume(returning: Array(bytes))
        return taken
    }

    func end(_ result: Result<Void, any Error>) {
        switch result {
        case .success: head.resolve(.failure(CollectingSink.noHead(name)))
        case .failure(let error): head.resolve(.failure(error))
        }
        let waiter = state.withLock { state in
            state.end = result
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(with: result.map { nil })
    }

    /// The next chunk; nil at the end.
    ///
    /// - Parameter resume: has the transfer go on, when it is paused and there is room again.
    func next(resume: () -> Void) async throws -> [UInt8]? {
        try await withCheckedThrowingContinuation { continuation in
            let (now, goesOn) = state.withLock { state -> (Result<[UInt8]?, any Error>?, Bool) in
                let now = state.take()
                if now == nil { state.waiter = continuation }
                guard state.isPaused, state.buffered <= Self.lowWater else { return (now, false) }
                state.isPaused = false
                return (now, true)
            }
            if let now { continuation.resume(with: now) }
            if goesOn { resume() }
        }
    }
}
