internal import Glibc
internal import RedisClient
internal import Synchronization
internal import SystemPackage

/// A proxy between clients and a server, both on Unix sockets, that injects network faults.
///
/// It counts bytes exactly, so that a test can choose the two bytes between which a connection is cut. It runs on a
/// dedicated thread until ``stop()``, or until it is released.
package final class FaultProxy: Sendable {
    /// The direction of bytes.
    package enum Direction: Sendable, CaseIterable {
        case toServer
        case toClient
    }

    /// The number of transferred bytes of all connections.
    package struct Traffic: Sendable, Equatable {
        package var toServer = 0
        package var toClient = 0
    }

    /// The proxy's URL for `RedisConfiguration(url:)`.
    package let url: String

    private let core: Core
    private let folder: TemporaryFolder

    /// Starts a proxy for a Redis server on a Unix socket.
    ///
    /// - Parameter server: the server's URL, `unix://…`.
    package init(to server: String) throws {
        guard case .unixSocket(let path) = try RedisConfiguration(url: server).address else {
            throw Errno.addressFamilyNotSupported
        }
        folder = try TemporaryFolder()
        let socket = folder.path.appending("proxy.sock")
        url = "unix://\(socket)"
        core = try Core(listeningAt: socket, server: FilePath(path))
        try ProxyThread.start(core)
    }

    deinit {
        stop()
    }

    /// Cuts one connection after this number of further bytes in one direction, counted over all connections.
    ///
    /// The bytes before the cut arrive. With 0, the next byte is the first one that does not.
    package func cut(_ direction: Direction, after bytes: Int) {
        core.change { $0.cut = ProxyFaults.Cut(direction: direction, bytesLeft: bytes) }
    }

    /// The number of cuts so far.
    package var cuts: Int { core.read { $0.cuts } }

    /// Cancels a pending cut.
    package func disarm() {
        core.change { $0.cut = nil }
    }

    /// Delays all bytes by this time in both directions.
    package func delay(_ time: Duration) {
        core.change { $0.delay = time }
    }

    /// Holds back all bytes in both directions without closing any connection; with false, delivers them and all that
    /// follow.
    package func blackHole(_ isOn: Bool) {
        core.change { $0.isBlackHole = isOn }
    }

    /// Sends the bytes of clients of new connections to the server twice, over two connections, like a duplicating
    /// network. The client receives only the replies of the first connection.
    package func duplicate(_ isOn: Bool) {
        core.change { $0.duplicates = isOn }
    }

    /// Closes all connections now.
    package func cutAll() {
        core.change { $0.cutsAll = true }
    }

    /// The bytes transferred so far.
    package var traffic: Traffic { core.read { $0.traffic } }

    /// The number of connections accepted so far.
    package var connections: Int { core.read { $0.connections } }

    /// Ends the proxy and all its connections.
    package func stop() {
        core.change { $0.isStopped = true }
    }
}

/// The requested faults and their effects so far.
struct ProxyFaults {
    struct Cut {
        let direction: FaultProxy.Direction
        var bytesLeft: Int
    }

    var cut: Cut?
    var delay = Duration.zero
    var isBlackHole = false
    var duplicates = false
    var cutsAll = false
    var isStopped = false

    var cuts = 0
    var connections = 0
    var traffic = FaultProxy.Traffic()
}

extension FaultProxy {
    /// The state that the proxy shares with its thread.
    final class Core: Sendable {
        let listener: Int32
        let server: FilePath
        let wakeUp: Int32
        private let wakeEnd: Int32
        private let faults = Mutex(ProxyFaults())

        init(listeningAt path: FilePath, server: FilePath) throws {
            self.server = server
            listener = try UnixSocket.listen(at: path)
            (wakeUp, wakeEnd) = try UnixSocket.pair()
        }

        deinit {
            close(listener)
            close(wakeUp)
            close(wakeEnd)
        }

        /// Changes the faults and wakes the thread.
        func change(_ body: (inout ProxyFaults) -> Void) {
            faults.withLock { body(&$0) }
            var byte: UInt8 = 1
            // If the socket buffer is full, the thread wakes anyway.
            send(wakeEnd, &byte, 1, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
        }

        /// Called by the thread: reads the faults or updates their effects.
        func read<Result: Sendable>(_ body: (inout ProxyFaults) -> Result) -> Result {
            faults.withLock { body(&$0) }
        }
    }
}

/// The loop of a proxy on its thread.
struct ProxyThread {
    private let core: FaultProxy.Core
    private var connections: [ProxyConnection] = []

    static func start(_ core: FaultProxy.Core) throws {
        var thread = pthread_t()
        let argument = Unmanaged.passRetained(core)
        let status = pthread_create(
            &thread, nil,
            { argument in
                var thread = ProxyThread(core: Unmanaged<FaultProxy.Core>.fromOpaque(argument!).takeRetainedValue())
                thread.run()
                return nil
            }, argument.toOpaque())
        guard status == 0 else {
            argument.release()
            throw Errno(rawValue: status)
        }
        pthread_detach(thread)
    }

    private init(core: FaultProxy.Core) {
        self.core = core
    }

    private mutating func run() {
        while true {
            let (isStopped, cutsAll, faults) = core.read { faults in
                defer { faults.cutsAll = false }
                return (faults.isStopped, faults.cutsAll, faults)
            }
            if isStopped || cutsAll { closeAll() }
            if isStopped { return }
            wait(faults)
            if !faults.isBlackHole { move(faults) }
            while let client = UnixSocket.accept(core.listener) { accept(client) }
        }
    }

    /// Waits for bytes, connections, changed faults or due pieces.
    private func wait(_ faults: ProxyFaults) {
        var entries = [core.wakeUp, core.listener].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        var due: ContinuousClock.Instant?
        if !faults.isBlackHole {
            let now = ContinuousClock.now
            for connection in connections {
                entries += connection.interests(at: now)
                if let next = connection.nextDue(after: now) { due = min(due ?? next, next) }
            }
        }
        poll(&entries, nfds_t(entries.count), due.map(Self.milliseconds) ?? -1)
        var scratch: UInt64 = 0
        while recv(core.wakeUp, &scratch, 8, Int32(MSG_DONTWAIT)) > 0 {}
    }

    private mutating func move(_ faults: ProxyFaults) {
        var kept: [ProxyConnection] = []
        for var connection in connections {
            if connection.move(core, delay: faults.delay) { kept.append(connection) } else { connection.close() }
        }
        connections = kept
    }

    private mutating func accept(_ client: Int32) {
        let duplicates = core.read { faults in
            faults.connections += 1
            return faults.duplicates
        }
        guard let server = try? UnixSocket.connect(to: core.server) else {
            // Behaves like a server that is not running.
            Glibc.close(client)
            return
        }
        let second = duplicates ? try? UnixSocket.connect(to: core.server) : nil
        connections.append(ProxyConnection(client: client, server: server, second: second))
    }

    private mutating func closeAll() {
        for connection in connections { connection.close() }
        connections = []
    }

    /// The milliseconds until an instant, rounded up, so that a piece is due when the wait ends.
    private static func milliseconds(until instant: ContinuousClock.Instant) -> Int32 {
        let parts = ContinuousClock.now.duration(to: instant).components
        return Int32(max(0, parts.seconds * 1000 + parts.attoseconds / 1_000_000_000_000_000 + 1))
    }
}

/// A client's connection through the proxy.
struct ProxyConnection {
    let client: Int32
    let server: Int32
    /// A second connection to the server that receives all bytes of the client. Its replies are dropped.
    let second: Int32?
    private var toServer = ProxyPipe()
    private var toClient = ProxyPipe()
    private var toSecond = ProxyPipe()

    init(client: Int32, server: Int32, second: Int32?) {
        self.client = client
        self.server = server
        self.second = second
    }

    /// The entries for `poll`.
    func interests(at now: ContinuousClock.Instant) -> [pollfd] {
        func entry(_ socket: Int32, from outgoing: ProxyPipe, to incoming: ProxyPipe) -> pollfd {
            let events = (outgoing.dueBytes(at: now) > 0 ? POLLOUT : 0) | (incoming.hasRoom ? POLLIN : 0)
            // `poll` ignores negative descriptors; otherwise a closed side would end every wait.
            return pollfd(fd: events == 0 ? -1 : socket, events: Int16(events), revents: 0)
        }
        var entries = [
            entry(client, from: toClient, to: toServer), entry(server, from: toServer, to: toClient),
        ]
        if let second { entries.append(pollfd(fd: second, events: Int16(POLLIN), revents: 0)) }
        return entries
    }

    /// The time at which the next delayed piece is due.
    func nextDue(after now: ContinuousClock.Instant) -> ContinuousClock.Instant? {
        [toServer, toClient].compactMap(\.nextDue).filter { $0 > now }.min()
    }

    /// Transfers all bytes that are due.
    ///
    /// - Returns: false if the connection has ended or has to be cut.
    mutating func move(_ core: FaultProxy.Core, delay: Duration) -> Bool {
        if toServer.hasRoom, !toServer.fill(from: client, delay: delay) { return false }
        if toClient.hasRoom, !toClient.fill(from: server, delay: delay) { return false }
        guard pass(core, .toServer), pass(core, .toClient) else { return false }
        if let second, !feed(second) { return false }
        // After one side has closed, the other is closed once it has received everything.
        return !(toServer.isEnded && toServer.isEmpty) && !(toClient.isEnded && toClient.isEmpty)
    }

    func close() {
        Glibc.close(client)
        Glibc.close(server)
        if let second { Glibc.close(second) }
    }

    private mutating func pass(_ core: FaultProxy.Core, _ direction: FaultProxy.Direction) -> Bool {
        let now = ContinuousClock.now
        // Under the lock, so that the bytes before a cut are counted exactly.
        return core.read { faults in
            let limit = faults.cut.flatMap { $0.direction == direction ? $0.bytesLeft : nil }
            let due = direction == .toServer ? toServer.dueBytes(at: now) : toClient.dueBytes(at: now)
            let allowed = limit ?? .max
            let passed =
                direction == .toServer
                ? toServer.drain(to: server, limit: allowed, at: now)
                : toClient.drain(to: client, limit: allowed, at: now)
            guard let passed else { return false }
            switch direction {
            case .toServer:
                faults.traffic.toServer += passed.count
                if second != nil { toSecond.copy(passed) }
            case .toClient: faults.traffic.toClient += passed.count
            }
            guard let limit else { return true }
            faults.cut?.bytesLeft = limit - passed.count
            // Cuts when the first byte beyond the limit is due.
            guard passed.count == limit, due > limit else { return true }
            faults.cut = nil
            faults.cuts += 1
            return false
        }
    }

    private mutating func feed(_ second: Int32) -> Bool {
        let last = withUnsafeTemporaryAllocation(byteCount: 64 << 10, alignment: 1) { buffer in
            var count = 0
            repeat { count = recv(second, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT)) } while count > 0
            return count
        }
        // Zero means that the server has closed the connection.
        return last != 0 && toSecond.drain(to: second, limit: .max, at: .now) != nil
    }
}

/// One direction of a connection: received bytes that wait to be sent.
struct ProxyPipe {
    private struct Piece {
        var bytes: ArraySlice<UInt8>
        /// The time from which the piece may be sent.
        let due: ContinuousClock.Instant
    }

    /// The buffer size at which reading stops, so that a slow receiver slows the sender down.
    private static let capacity = 4 << 20

    private var pieces: [Piece] = []
    private var waiting = 0
    /// Whether the sender has closed. After the delivery of all bytes the receiver's side is closed, too.
    private(set) var isEnded = false

    var hasRoom: Bool { waiting < Self.capacity && !isEnded }
    var isEmpty: Bool { pieces.isEmpty }

    /// The time at which the next piece is due; `nil` without one.
    var nextDue: ContinuousClock.Instant? { pieces.first?.due }

    /// Reads the available bytes of a socket.
    ///
    /// - Returns: false if the socket is broken.
    mutating func fill(from socket: Int32, delay: Duration) -> Bool {
        var isAlive = true
        withUnsafeTemporaryAllocation(byteCount: 64 << 10, alignment: 1) { buffer in
            let count = recv(socket, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT))
            if count > 0 {
                pieces.append(Piece(bytes: ArraySlice(buffer[..<count]), due: .now.advanced(by: delay)))
                waiting += count
            } else if count == 0 {
                isEnded = true
            } else if errno != EAGAIN, errno != EINTR {
                isAlive = false
            }
        }
        return isAlive
    }

    /// The number of bytes that are due.
    func dueBytes(at now: ContinuousClock.Instant) -> Int {
        pieces.prefix { $0.due <= now }.reduce(0) { $0 + $1.bytes.count }
    }

    /// Sends up to `limit` of the due bytes.
    ///
    /// - Returns: the sent bytes; `nil` if the socket is broken.
    mutating func drain(to socket: Int32, limit: Int, at now: ContinuousClock.Instant) -> [UInt8]? {
        var passed: [UInt8] = []
        while let piece = pieces.first, piece.due <= now, passed.count < limit {
            let part = piece.bytes.prefix(limit - passed.count)
            let count = part.withUnsafeBytes {
                send(socket, $0.baseAddress, $0.count, Int32(MSG_DONTWAIT | MSG_NOSIGNAL))
            }
            guard count > 0 else { return errno == EAGAIN || errno == EINTR ? passed : nil }
            passed += part.prefix(count)
            waiting -= count
            pieces[0].bytes = pieces[0].bytes.dropFirst(count)
            if pieces[0].bytes.isEmpty { pieces.removeFirst() }
        }
        return passed
    }

    /// Adds a copy of another pipe's bytes.
    mutating func copy(_ bytes: [UInt8]) {
        guard !bytes.isEmpty else { return }
        pieces.append(Piece(bytes: bytes[...], due: .now))
        waiting += bytes.count
    }
}

/// The calls for non-blocking Unix sockets.
enum UnixSocket {
    private static let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)

    static func listen(at path: FilePath) throws -> Int32 {
        try open(path) { Glibc.bind($0, $1, $2) == 0 && Glibc.listen($0, 128) == 0 }
    }

    static func connect(to path: FilePath) throws -> Int32 {
        try open(path) { Glibc.connect($0, $1, $2) == 0 }
    }

    static func pair() throws -> (Int32, Int32) {
        var ends: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { throw Errno(rawValue: errno) }
        return (ends[0], ends[1])
    }

    /// Accepts the next waiting client; `nil` without one.
    static func accept(_ listener: Int32) -> Int32? {
        let client = Glibc.accept(listener, nil, nil)
        guard client >= 0 else { return nil }
        _ = fcntl(client, F_SETFD, FD_CLOEXEC)
        _ = fcntl(client, F_SETFL, O_NONBLOCK)
        return client
    }

    private static func open(
        _ path: FilePath, _ body: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Bool
    ) throws -> Int32 {
        let socket = Glibc.socket(AF_UNIX, kind, 0)
        guard socket >= 0 else { throw Errno(rawValue: errno) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        // The last byte stays zero to terminate the path.
        withUnsafeMutableBytes(of: &address.sun_path) { $0.dropLast().copyBytes(from: path.string.utf8) }
        let isOpen = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard isOpen else {
            let failure = Errno(rawValue: errno)
            close(socket)
            throw failure
        }
        return socket
    }
}
