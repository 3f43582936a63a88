internal import Glibc
internal import RedisClient
internal import Synchronization
internal import SystemPackage

/// A proxy between clients and a server, both on Unix sockets, that makes a network's faults at will.
///
/// It counts bytes exactly: a cut comes between two bytes that the test chose. It lives on a thread of its own, until
/// ``stop()`` or until nobody holds it any more.
package final class FaultProxy: Sendable {
    /// Which way bytes go.
    package enum Direction: Sendable, CaseIterable {
        case toServer
        case toClient
    }

    /// How many bytes went through, of all connections together.
    package struct Traffic: Sendable, Equatable {
        package var toServer = 0
        package var toClient = 0
    }

    /// Where clients connect to, for `RedisConfiguration(url:)`.
    package let url: String

    private let core: Core
    private let folder: TemporaryFolder

    /// Listens, for a Redis server on a Unix socket.
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

    /// Cuts a connection once: as soon as so many more bytes have gone in one direction, whichever connections they used.
    ///
    /// The bytes before the cut arrive. With 0 the next byte is the first that does not.
    package func cut(_ direction: Direction, after bytes: Int) {
        core.change { $0.cut = ProxyFaults.Cut(direction: direction, bytesLeft: bytes) }
    }

    /// How many cuts have come about.
    package var cuts: Int { core.read { $0.cuts } }

    /// Takes back a cut that has not come about.
    package func disarm() {
        core.change { $0.cut = nil }
    }

    /// Every piece of bytes waits so long before it goes on, in both directions.
    package func delay(_ time: Duration) {
        core.change { $0.delay = time }
    }

    /// From now on, nothing goes through in either direction, and nothing is ever closed; with false, what was held back
    /// and all that follows goes through again.
    package func blackHole(_ isOn: Bool) {
        core.change { $0.isBlackHole = isOn }
    }

    /// From now on, whatever a client of a new connection says goes to the server twice, over two connections: as if a
    /// network had made two of one. The client hears the first connection's replies only.
    package func duplicate(_ isOn: Bool) {
        core.change { $0.duplicates = isOn }
    }

    /// Closes every connection now.
    package func cutAll() {
        core.change { $0.cutsAll = true }
    }

    /// What went through so far.
    package var traffic: Traffic { core.read { $0.traffic } }

    /// How many connections were accepted so far.
    package var connections: Int { core.read { $0.connections } }

    /// Ends the proxy and every connection through it.
    package func stop() {
        core.change { $0.isStopped = true }
    }
}

/// The faults that are asked for, and what has come of them.
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
    /// What the proxy's owner and its thread share.
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

        /// Changes the faults and lets the thread see to it.
        func change(_ body: (inout ProxyFaults) -> Void) {
            faults.withLock { body(&$0) }
            var byte: UInt8 = 1
            // A full pipe needs no further byte: the thread will wake.
            send(wakeEnd, &byte, 1, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
        }

        /// For the thread: changes what has come of the faults, or looks at them.
        func read<Result: Sendable>(_ body: (inout ProxyFaults) -> Result) -> Result {
            faults.withLock { body(&$0) }
        }
    }
}
