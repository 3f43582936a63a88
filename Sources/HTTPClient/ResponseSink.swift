internal import Glibc
internal import Support
internal import Synchronization
internal import SystemPackage

/// The receiver of a response. Only the client's thread calls it, so no method may block for long.
protocol ResponseSink: Sendable {
    /// Receives the head: once, before the body.
    func begin(_ head: HTTPResponseHead) throws(HTTPError)

    /// Receives a part of the body.
    ///
    /// - Returns: false to pause the transfer; the same part is delivered again after it is resumed.
    func receive(_ bytes: UnsafeRawBufferPointer) throws(HTTPError) -> Bool

    /// Receives the end of the transfer. This is the last call.
    func end(_ result: Result<Void, any Error>)
}

/// Collects a response in memory, up to a limit.
final class CollectingSink: ResponseSink {
    let response = AsyncPromise<HTTPResponse>()

    private struct State {
        var head: HTTPResponseHead?
        var body: [UInt8] = []
    }

    private let name: String
    private let limit: Int
    private let state = Mutex(State())

    init(name: String, limit: Int) {
        self.name = name
        self.limit = limit
    }

    func begin(_ head: HTTPResponseHead) {
        state.withLock { $0.head = head }
    }

    func receive(_ bytes: UnsafeRawBufferPointer) throws(HTTPError) -> Bool {
        let fits = state.withLock { state in
            guard state.body.count + bytes.count <= limit else { return false }
            state.body.append(contentsOf: bytes)
            return true
        }
        guard fits else {
            throw HTTPError(.tooLarge, "\(name) failed: the response is larger than \(limit) bytes")
        }
        return true
    }

    func end(_ result: Result<Void, any Error>) {
        response.resolve(
            result.flatMap {
                state.withLock { state in
                    guard let head = state.head else { return .failure(Self.noHead(name)) }
                    return .success(HTTPResponse(head: head, body: state.body))
                }
            })
    }

    /// The error of a transfer that succeeded without a response, which only a faulty server causes.
    static func noHead(_ name: String) -> HTTPError {
        HTTPError(.invalidResponse, "\(name) failed: the server's answer is not HTTP")
    }
}

/// Writes the body of a successful response to a new file and collects any other body in memory.
final class FileSink: ResponseSink {
    private struct State {
        var file: FileDescriptor?
        var count = 0
    }

    private let collected: CollectingSink
    private let name: String
    private let path: FilePath
    private let limit: Int
    private let state = Mutex(State())

    /// - Parameters:
    ///   - path: must not exist yet; an incomplete file is removed.
    ///   - limit: the maximum size in bytes.
    init(name: String, path: FilePath, limit: Int) {
        collected = CollectingSink(name: name, limit: 1 << 20)
        self.name = name
        self.path = path
        self.limit = limit
    }

    var response: AsyncPromise<HTTPResponse> { collected.response }

    func begin(_ head: HTTPResponseHead) throws(HTTPError) {
        collected.begin(head)
        guard head.isSuccess else { return }
        do {
            let file = try FileDescriptor.open(
                path, .writeOnly, options: [.create, .exclusiveCreate, .closeOnExec],
                permissions: [.ownerReadWrite, .groupRead, .otherRead])
            state.withLock { $0.file = file }
        } catch {
            throw HTTPError(.fileSystem, "\(name) failed: cannot create '\(path)' for the response: \(error)")
        }
    }

    func receive(_ bytes: UnsafeRawBufferPointer) throws(HTTPError) -> Bool {
        let (file, count) = state.withLock { state in
            state.count += bytes.count
            return (state.file, state.count)
        }
        guard let file else { return try collected.receive(bytes) }
        guard count <= limit else {
            throw HTTPError(.tooLarge, "\(name) failed: the response is larger than the expected \(limit) bytes")
        }
        do {
            try file.writeAll(bytes)
        } catch {
            throw HTTPError(.fileSystem, "\(name) failed: cannot write the response to '\(path)': \(error)")
        }
        return true
    }

    func end(_ result: Result<Void, any Error>) {
        let file = state.withLock { state in
            defer { state.file = nil }
            return state.file
        }
        do {
            try file?.close()
            try result.get()
            collected.end(.success(()))
        } catch {
            if file != nil { unlink(path.string) }
            collected.end(.failure(error))
        }
    }
}

/// Passes a response's body to one task in chunks, and pauses the transfer while that task is busy.
final class StreamSink: ResponseSink {
    /// The buffered bytes at which the transfer pauses, and at which it resumes.
    private static let highWater = 256 << 10
    private static let lowWater = 64 << 10

    let head = AsyncPromise<HTTPResponseHead>()

    private struct State {
        var chunks: [[UInt8]] = []
        var buffered = 0
        var isPaused = false
        var end: Result<Void, any Error>?
        var waiter: CheckedContinuation<[UInt8]?, any Error>?

        /// The next result for the task; `nil` if it has to wait.
        mutating func next() -> Result<[UInt8]?, any Error>? {
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
        let (waiter, isAccepted) = state.withLock { state -> (CheckedContinuation<[UInt8]?, any Error>?, Bool) in
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
        return isAccepted
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

    /// Returns the next chunk; `nil` at the end.
    ///
    /// - Parameter resume: resumes the transfer; called if it is paused and the buffer has room again.
    func next(resume: () -> Void) async throws -> [UInt8]? {
        try await withCheckedThrowingContinuation { continuation in
            let (result, resumes) = state.withLock { state -> (Result<[UInt8]?, any Error>?, Bool) in
                let result = state.next()
                if result == nil { state.waiter = continuation }
                guard state.isPaused, state.buffered <= Self.lowWater else { return (result, false) }
                state.isPaused = false
                return (result, true)
            }
            if let result { continuation.resume(with: result) }
            if resumes { resume() }
        }
    }
}
