internal import Synchronization

/// Collects a response in memory, up to a limit.
final class CollectingSink: ResponseSink {
    let response = OneShot<HTTPResponse>()

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
            throw HTTPError(.tooLarge, "\(name) was answered by more than \(limit) bytes, which is too much here.")
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

    /// For an exchange that ended well without a response, which only a server's mistake can do.
    static func noHead(_ name: String) -> HTTPError {
        HTTPError(.invalidResponse, "\(name) was answered by nothing that is HTTP.")
    }
}
