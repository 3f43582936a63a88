internal import CCurl
internal import Dispatch
internal import Synchronization

/// The thread on which all transfers of a client happen, and what others have it do.
final class CurlThread: Sendable {
    enum Command {
        case start(Transfer)
        case cancel(Transfer.ID)
        case resume(Transfer.ID)
    }

    private struct State {
        var commands: [Command] = []
        var lastID: Transfer.ID = 0
        var isStarted = false
        var isClosed = false
        /// libcurl's multi handle while the thread runs, only to be woken by others.
        var multi: UnsafeMutableRawPointer?
    }

    private let state = Mutex(State())
    /// A serial queue: those, unlike concurrent ones, get a thread beyond the number that tasks share.
    private let queue = DispatchQueue(label: "atmos.http")
    private let connectionsPerHost: Int

    init(connectionsPerHost: Int) {
        self.connectionsPerHost = connectionsPerHost
    }

    /// Starts a transfer; its sink hears of everything that follows.
    func start(_ request: HTTPRequest, into sink: any ResponseSink) -> Transfer.ID {
        let (transfer, isClosed, isFirst) = state.withLock { state in
            state.lastID += 1
            let transfer = Transfer(id: state.lastID, request: request, sink: sink)
            guard !state.isClosed else { return (transfer, true, false) }
            defer { state.isStarted = true }
            state.commands.append(.start(transfer))
            if let multi = state.multi { curl_multi_wakeup(multi) }
            return (transfer, false, !state.isStarted)
        }
        if isClosed {
            transfer.end(.failure(Self.closedError(request)))
        } else if isFirst {
            queue.async { CurlLoop(thread: self, connectionsPerHost: self.connectionsPerHost).run() }
        }
        return transfer.id
    }

    /// Ends a transfer with a `CancellationError`, unless it has ended.
    func cancel(_ transfer: Transfer.ID) {
        post(.cancel(transfer))
    }

    /// Has a transfer go on whose sink had no room.
    func resume(_ transfer: Transfer.ID) {
        post(.resume(transfer))
    }

    /// Ends all transfers, and the thread.
    func close() {
        state.withLock { state in
            state.isClosed = true
            if let multi = state.multi { curl_multi_wakeup(multi) }
        }
    }

    private func post(_ command: Command) {
        state.withLock { state in
            state.commands.append(command)
            if let multi = state.multi { curl_multi_wakeup(multi) }
        }
    }

    /// For the thread: what it is to do; `isClosed` once it is to end.
    func takeCommands() -> (commands: [Command], isClosed: Bool) {
        state.withLock { state in
            defer { state.commands = [] }
            return (state.commands, state.isClosed)
        }
    }

    /// For the thread: the handle by which it can be woken; nil before that handle goes.
    func publish(_ multi: UnsafeMutableRawPointer?) {
        // The address alone crosses, and only curl_multi_wakeup, which any thread may call, is given it.
        let address = UInt(bitPattern: multi)
        state.withLock { $0.multi = UnsafeMutableRawPointer(bitPattern: address) }
    }

    static func closedError(_ request: HTTPRequest) -> HTTPError {
        HTTPError(.clientClosed, "\(request.name) was not done: the HTTP client was closed.")
    }
}
