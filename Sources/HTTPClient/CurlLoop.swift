internal import CCurl
internal import Glibc

/// Drives libcurl's multi handle on the client's thread: takes commands, moves bytes, ends transfers.
struct CurlLoop: ~Copyable {
    private static let isInitialized: Bool = curl_global_init(atmos_curl_global_default) == CURLE_OK

    private let thread: CurlThread
    private let multi: UnsafeMutableRawPointer
    private var transfers: [Transfer.ID: (transfer: Transfer, handle: EasyHandle)] = [:]
    private var ids: [UnsafeMutableRawPointer: Transfer.ID] = [:]

    init(thread: CurlThread, connectionsPerHost: Int) {
        self.thread = thread
        guard Self.isInitialized, let multi = curl_multi_init() else {
            preconditionFailure("curl_multi_init: out of memory")
        }
        self.multi = multi
        atmos_curl_multi_set_long(multi, CURLMOPT_MAX_HOST_CONNECTIONS, connectionsPerHost)
    }

    deinit {
        curl_multi_cleanup(multi)
    }

    /// Returns when the client was closed.
    consuming func run() {
        // A write of OpenSSL's to a connection that is gone raises SIGPIPE, which would end the process.
        let previous = Self.blockBrokenPipeSignal()
        defer { Self.restore(previous) }
        thread.publish(multi)
        while true {
            let (commands, isClosed) = thread.takeCommands()
            for command in commands { perform(command) }
            if isClosed { break }
            var running: Int32 = 0
            curl_multi_perform(multi, &running)
            endTransfers()
            curl_multi_poll(multi, nil, 0, 60_000, nil)
        }
        thread.publish(nil)
        // What was started since: nobody can post after the handle was taken away.
        for command in thread.takeCommands().commands { perform(command) }
        for id in transfers.keys { end(id) { $0.end(.failure(CurlThread.closedError($0.request))) } }
    }

    private mutating func perform(_ command: CurlThread.Command) {
        switch command {
        case .start(let transfer): start(transfer)
        case .cancel(let id): end(id) { $0.end(.failure(CancellationError())) }
        case .resume(let id): if let entry = transfers[id] { curl_easy_pause(entry.handle.pointer, CURLPAUSE_CONT) }
        }
    }

    private mutating func start(_ transfer: Transfer) {
        guard let handle = EasyHandle() else {
            transfer.end(.failure(HTTPError(.clientClosed, "\(transfer.request.name) failed: libcurl cannot start.")))
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

    private mutating func end(_ id: Transfer.ID, _ tell: (Transfer) -> Void) {
        guard let entry = transfers.removeValue(forKey: id) else { return }
        ids[entry.handle.pointer] = nil
        curl_multi_remove_handle(multi, entry.handle.pointer)
        tell(entry.transfer)
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

    /// The thread is Dispatch's, which may give it other work.
    private static func restore(_ mask: sigset_t) {
        var mask = mask
        pthread_sigmask(SIG_SETMASK, &mask, nil)
    }
}
