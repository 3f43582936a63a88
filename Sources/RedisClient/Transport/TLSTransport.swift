internal import Glibc
internal import Synchronization

/// Bytes that go over the socket encrypted.
///
/// OpenSSL's state is for one thread at a time, hence the lock; nothing waits while it is held.
final class TLSTransport: Transport {
    /// Unchecked, because of pointers: they point to memory that this state alone owns, and that only the lock's holder
    /// reaches.
    private struct State: ~Copyable, @unchecked Sendable {
        var engine: TLSEngine
        /// How many bytes of the next sending are encrypted already, and still on their way into the socket.
        var encrypted = 0
        /// Why no more can come.
        var failure: TLSFailure?
        /// Encrypted bytes from the socket, on their way into the engine.
        let raw = UnsafeMutableRawBufferPointer.allocate(byteCount: TLSTransport.rawSize, alignment: 16)

        deinit {
            raw.deallocate()
        }
    }

    /// At most so much is encrypted before the socket has taken what is.
    private static let pieceSize = 16 << 10
    /// So much is read at once. With the rest of a record of 16 KiB that came before it, it is less than a receiver's
    /// buffer holds, so that nothing decrypted is ever left behind in the engine, where `poll` would not see it.
    private static let rawSize = 15 << 10

    private let socket: Socket
    private let name: String
    private let state: Mutex<State>

    /// Greets the server on a connected socket and checks its certificate.
    init(
        _ socket: consuming Socket, to server: RedisConfiguration, _ settings: RedisConfiguration.TLS, host: String,
        deadline: ContinuousClock.Instant
    ) throws {
        let name = settings.serverName ?? host
        var engine = TLSEngine(try TLSContext(settings), name: name, checksName: settings.checksName)
        try Self.greet(&engine, socket, server, name: name, deadline: deadline)
        self.socket = socket
        self.name = name
        state = Mutex(State(engine: engine))
    }

    var descriptor: Int32 { socket.descriptor }

    func send(_ bytes: UnsafeRawBufferPointer) -> Transfer {
        state.withLock { state in
            if let transfer = state.engine.sendOut({ socket.send($0) }) { return transfer }
            if state.encrypted == 0 {
                let piece = UnsafeRawBufferPointer(rebasing: bytes.prefix(Self.pieceSize))
                guard case .done(let count) = state.engine.encrypt(piece) else {
                    // The receiving side learns of it as of any broken connection.
                    socket.shutDown()
                    return .broken("TLS failed")
                }
                state.encrypted = count
                if let transfer = state.engine.sendOut({ socket.send($0) }) { return transfer }
            }
            defer { state.encrypted = 0 }
            return .bytes(state.encrypted)
        }
    }

    func receive(into buffer: UnsafeMutableRawBufferPointer) -> Transfer {
        state.withLock { state in
            let received = socket.receive(into: state.raw)
            guard case .bytes(let count) = received else { return received }
            state.engine.feed(UnsafeRawBufferPointer(rebasing: state.raw[..<count]))
            switch state.engine.decrypt(into: buffer) {
            case .done(let count): return .bytes(count)
            case .needsInput: return .wouldBlock
            case .ended: return .broken("the server closed it")
            case .failed(let failure):
                state.failure = failure
                return .broken(failure.text)
            }
        }
    }

    func refusal(by server: RedisConfiguration, _ reason: String) -> RedisError {
        // With TLS 1.3, a server that does not accept our certificate says so only after the greeting.
        guard let failure = state.withLock({ $0.failure }) else { return Self.closed(server, reason) }
        return RedisError(code: .tls, message: failure.explanation(server, name: name))
    }

    private static func greet(
        _ engine: inout TLSEngine, _ socket: borrowing Socket, _ server: RedisConfiguration, name: String,
        deadline: ContinuousClock.Instant
    ) throws {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: rawSize, alignment: 16)
        defer { buffer.deallocate() }
        while true {
            let step = engine.greet()
            // Also after a failure: the server is told of it.
            try flush(&engine, socket, server, deadline: deadline)
            switch step {
            case .done: return
            case .failed(let failure):
                throw RedisError(code: .tls, message: failure.explanation(server, name: name))
            case .ended: throw closed(server, "the server closed it")
            case .needsInput: break
            }
            guard Socket.wait(for: POLLIN, on: socket.descriptor, until: deadline) else { throw late(server) }
            switch socket.receive(into: buffer) {
            case .bytes(let count): engine.feed(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            case .wouldBlock: break
            case .broken(let reason): throw closed(server, reason)
            }
        }
    }

    private static func flush(
        _ engine: inout TLSEngine, _ socket: borrowing Socket, _ server: RedisConfiguration,
        deadline: ContinuousClock.Instant
    ) throws {
        while let transfer = engine.sendOut({ socket.send($0) }) {
            if case .broken(let reason) = transfer { throw closed(server, reason) }
            guard Socket.wait(for: POLLOUT, on: socket.descriptor, until: deadline) else { throw late(server) }
        }
    }

    private static func closed(_ server: RedisConfiguration, _ reason: String) -> RedisError {
        RedisError(
            code: .closed,
            message:
                "The server at \(server) broke off the new TLS connection (\(reason)); does it speak TLS at this port?")
    }

    private static func late(_ server: RedisConfiguration) -> RedisError {
        RedisError(
            code: .timeout,
            message: "The server at \(server) did not agree upon TLS in time; does it speak TLS at this port?")
    }
}
