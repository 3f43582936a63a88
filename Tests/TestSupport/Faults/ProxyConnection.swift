internal import Glibc

/// A client's connection through the proxy.
struct ProxyConnection {
    let client: Int32
    let server: Int32
    /// A second connection to the server, which hears all that the client says; its replies go nowhere.
    let second: Int32?
    private var toServer = ProxyPipe()
    private var toClient = ProxyPipe()
    private var toSecond = ProxyPipe()

    init(client: Int32, server: Int32, second: Int32?) {
        self.client = client
        self.server = server
        self.second = second
    }

    /// What `poll` is to wait for.
    func interests(at now: ContinuousClock.Instant) -> [pollfd] {
        func entry(_ socket: Int32, from outgoing: ProxyPipe, to incoming: ProxyPipe) -> pollfd {
            let events = (outgoing.dueBytes(at: now) > 0 ? POLLOUT : 0) | (incoming.hasRoom ? POLLIN : 0)
            // A number below zero is passed over: a side that closed would otherwise end every wait.
            return pollfd(fd: events == 0 ? -1 : socket, events: Int16(events), revents: 0)
        }
        var entries = [
            entry(client, from: toClient, to: toServer), entry(server, from: toServer, to: toClient),
        ]
        if let second { entries.append(pollfd(fd: second, events: Int16(POLLIN), revents: 0)) }
        return entries
    }

    /// When a piece that is held back may go on.
    func nextDue(after now: ContinuousClock.Instant) -> ContinuousClock.Instant? {
        [toServer, toClient].compactMap(\.nextDue).filter { $0 > now }.min()
    }

    /// Moves what can be moved.
    /// - Returns: false when the connection is over, by itself or because it is to be cut.
    mutating func move(_ core: FaultProxy.Core, delay: Duration) -> Bool {
        if toServer.hasRoom, !toServer.fill(from: client, delay: delay) { return false }
        if toClient.hasRoom, !toClient.fill(from: server, delay: delay) { return false }
        guard pass(core, .toServer), pass(core, .toClient) else { return false }
        if let second, !feed(second) { return false }
        // A side that closed has said all: the other one is closed as soon as it has heard it.
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
            // The cut comes when there is a byte that may not go through any more.
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
        // Zero is the end: the server has closed it.
        return last != 0 && toSecond.drain(to: second, limit: .max, at: .now) != nil
    }
}
