internal import Glibc
internal import Synchronization

/// A transport that encrypts with TLS.
///
/// OpenSSL's state is for one thread at a time, hence the lock; no thread waits while it holds the lock.
final class TLSTransport: Transport {
    /// Unchecked because of its pointers: they point to memory that this state alone owns, and that only the holder of
    /// the lock uses.
    private struct State: ~Copyable, @unchecked Sendable {
        var engine: TLSEngine
        /// The number of bytes that are encrypted, but not completely sent.
        var encrypted = 0
        /// The failure after which nothing can be received.
        var failure: TLSFailure?
        /// A buffer for encrypted bytes from the socket.
        let raw = UnsafeMutableRawBufferPointer.allocate(byteCount: TLSTransport.rawSize, alignment: 16)

        deinit {
            raw.deallocate()
        }
    }

    /// The bytes that are encrypted at once; the next ones are encrypted after the socket has taken these.
    private static let pieceSize = 16 << 10
    /// The bytes that are received at once. Together with the rest of an earlier record of 16 KiB, they fit into a
    /// receiver's buffer, so that no decrypted byte remains in the engine, where `poll` would not see it.
    private static let rawSize = 15 << 10

    private let socket: Socket
    private let name: String
    private let state: Mutex<State>

    /// Performs the handshake on a connected socket and checks the server's certificate.
    init(
        _ socket: consuming Socket, to server: RedisConfiguration, _ settings: RedisConfiguration.TLS, host: String,
        deadline: ContinuousClock.Instant
    ) throws {
        let name = settings.serverName ?? host
        var engine = TLSEngine(try TLSContext(settings), name: name, checksName: settings.checksName)
        try Self.handshake(&engine, socket, server, name: name, deadline: deadline)
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
                    // The receiving thread notices this like any other broken connection.
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
            case .ended: return .broken("closed by the server")
            case .failed(let failure):
                state.failure = failure
                return .broken(failure.text)
            }
        }
    }

    func refusal(by server: RedisConfiguration, _ reason: String) -> RedisError {
        // With TLS 1.3, a server that does not accept our certificate reports it only after the handshake.
        guard let failure = state.withLock({ $0.failure }) else { return Self.closed(server, reason) }
        return RedisError(code: .tls, message: failure.explanation(server, name: name))
    }

    private static func handshake(
        _ engine: inout TLSEngine, _ socket: borrowing Socket, _ server: RedisConfiguration, name: String,
        deadline: ContinuousClock.Instant
    ) throws {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: rawSize, alignment: 16)
        defer { buffer.deallocate() }
        while true {
            let step = engine.handshake()
            // Also after a failure, of which the server is notified.
            try flush(&engine, socket, server, deadline: deadline)
            switch step {
            case .done: return
            case .failed(let failure):
                throw RedisError(code: .tls, message: failure.explanation(server, name: name))
            case .ended: throw closed(server, "closed by the server")
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
                "the server at \(server) broke the TLS handshake off (\(reason)); does it use TLS at this port?")
    }

    private static func late(_ server: RedisConfiguration) -> RedisError {
        RedisError(
            code: .timeout,
            message:
                "no TLS handshake with the server at \(server) within the time limit; does it use TLS at this port?")
    }
}
