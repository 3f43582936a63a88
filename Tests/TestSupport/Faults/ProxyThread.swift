internal import Glibc
internal import SystemPackage

/// The life of a proxy, on its own thread.
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

    /// Waits until there is something to do.
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
            // As a server that is not there would do.
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

    /// Rounded up, so that a piece is due when the wait ends.
    private static func milliseconds(until instant: ContinuousClock.Instant) -> Int32 {
        let parts = ContinuousClock.now.duration(to: instant).components
        return Int32(max(0, parts.seconds * 1000 + parts.attoseconds / 1_000_000_000_000_000 + 1))
    }
}
