internal import CCurl
internal import Dispatch
internal import Glibc
internal import Synchronization

/// Owns the thread that runs all transfers of a client, and queues commands for it.
final class CurlMultiDriver: Sendable {
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
        /// libcurl's multi handle while the thread runs. Other threads may only wake it.
        var multi: UnsafeMutableRawPointer?
    }

    private let state = Mutex(State())
    /// A serial queue: unlike the concurrent ones it gets a thread outside the shared pool of the tasks.
    private let queue = DispatchQueue(label: "atmos.http")
    private let connectionsPerHost: Int

    init(connectionsPerHost: Int) {
        self.connectionsPerHost = connectionsPerHost
    }

    /// Starts a transfer; its sink receives everything that follows.
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
            queue.async { CurlMultiLoop(driver: self, connectionsPerHost: self.connectionsPerHost).run() }
        }
        return transfer.id
    }

    /// Ends a running transfer with a `CancellationError`.
    func cancel(_ transfer: Transfer.ID) {
        post(.cancel(transfer))
    }

    /// Resumes a transfer that its sink paused.
    func resume(_ transfer: Transfer.ID) {
        post(.resume(transfer))
    }

    /// Ends all transfers and the thread.
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

    /// Called by the thread: the queued commands, and whether the thread has to end.
    func takeCommands() -> (commands: [Command], isClosed: Bool) {
        state.withLock { state in
            defer { state.commands = [] }
            return (state.commands, state.isClosed)
        }
    }

    /// Called by the thread: publishes the handle that wakes it; `nil` before that handle is freed.
    func publish(_ multi: UnsafeMutableRawPointer?) {
        // Other threads pass this address only to curl_multi_wakeup, which is safe from any thread.
        let address = UInt(bitPattern: multi)
        state.withLock { $0.multi = UnsafeMutableRawPointer(bitPattern: address) }
    }

    static func closedError(_ request: HTTPRequest) -> HTTPError {
        HTTPError(.clientClosed, "\(request.name) failed: the HTTP client was closed")
    }
}

/// Drives libcurl's multi handle on the client's thread: runs commands, moves bytes, ends transfers.
struct CurlMultiLoop: ~Copyable {
    private static let isInitialized: Bool = curl_global_init(atmos_curl_global_default) == CURLE_OK

    private let driver: CurlMultiDriver
    private let multi: UnsafeMutableRawPointer
    private var transfers: [Transfer.ID: (transfer: Transfer, handle: EasyHandle)] = [:]
    private var ids: [UnsafeMutableRawPointer: Transfer.ID] = [:]

    init(driver: CurlMultiDriver, connectionsPerHost: Int) {
        self.driver = driver
        guard Self.isInitialized, let multi = curl_multi_init() else {
            preconditionFailure("curl_multi_init: out of memory")
        }
        self.multi = multi
        atmos_curl_multi_set_long(multi, CURLMOPT_MAX_HOST_CONNECTIONS, connectionsPerHost)
    }

    deinit {
        curl_multi_cleanup(multi)
    }

    /// Runs until the client is closed.
    consuming func run() {
        // OpenSSL writing to a closed connection raises SIGPIPE, which would end the process.
        let previous = Self.blockBrokenPipeSignal()
        defer { Self.restore(previous) }
        driver.publish(multi)
        while true {
            let (commands, isClosed) = driver.takeCommands()
            for command in commands { perform(command) }
            if isClosed { break }
            var running: Int32 = 0
            curl_multi_perform(multi, &running)
            endTransfers()
            curl_multi_poll(multi, nil, 0, 60_000, nil)
        }
        driver.publish(nil)
        // Commands that were queued since then; `start` refuses any further transfers.
        for command in driver.takeCommands().commands { perform(command) }
        for id in transfers.keys { end(id) { $0.end(.failure(CurlMultiDriver.closedError($0.request))) } }
    }

    private mutating func perform(_ command: CurlMultiDriver.Command) {
        switch command {
        case .start(let transfer): start(transfer)
        case .cancel(let id): end(id) { $0.end(.failure(CancellationError())) }
        case .resume(let id): if let entry = transfers[id] { curl_easy_pause(entry.handle.pointer, CURLPAUSE_CONT) }
        }
    }

    private mutating func start(_ transfer: Transfer) {
        guard let handle = EasyHandle() else {
            transfer.end(.failure(HTTPError(.clientClosed, "\(transfer.request.name) failed: libcurl cannot start")))
            return
        }
        do throws(HTTPError) {
            try transfer.configure(handle)
        } catch {
            handle.free()
            transfer.end(.failure(error))
            return
        }
        transfers[transfer.id] = (transfer, handle)
        ids[handle.pointer] = transfer.id
        curl_multi_add_handle(multi, handle.pointer)
    }

    private mutating func endTransfers() {
        var left: Int32 = 0
        while let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let handle = message.pointee.easy_handle, let id = ids[handle]
            else { continue }
            let result = atmos_curl_message_result(message)
            end(id) { $0.end(result) }
        }
    }

    private mutating func end(_ id: Transfer.ID, _ report: (Transfer) -> Void) {
        guard let entry = transfers.removeValue(forKey: id) else { return }
        ids[entry.handle.pointer] = nil
        curl_multi_remove_handle(multi, entry.handle.pointer)
        report(entry.transfer)
        entry.handle.free()
    }

    private static func blockBrokenPipeSignal() -> sigset_t {
        var pipe = sigset_t()
        var previous = sigset_t()
        sigemptyset(&pipe)
        sigaddset(&pipe, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &pipe, &previous)
        return previous
    }

    /// Restores the signal mask, because Dispatch may reuse the thread.
    private static func restore(_ mask: sigset_t) {
        var mask = mask
        pthread_sigmask(SIG_SETMASK, &mask, nil)
    }
}
