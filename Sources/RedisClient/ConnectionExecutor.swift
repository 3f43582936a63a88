internal import Glibc
internal import Synchronization

/// Runs tasks on a connection's thread, between sending and receiving, and lets the thread sleep while there are none.
///
/// The thread that received a reply also resumes the task that waited for it, and sends the task's next command. An
/// ordinary task pays for two changes of threads instead.
final class ConnectionExecutor: TaskExecutor {
    private struct State {
        var jobs: [UnownedJob] = []
        /// The calls of ``RedisConnection/withConnectionThread(_:)`` that are running.
        var users = 0
        /// The thread sleeps, or is about to, and has to be woken through the pipe.
        var isAsleep = false
        /// ``wakeUp()`` was called while the thread was awake: it checks for work once more before it sleeps.
        var hasWakeUp = false
        /// The thread has ended.
        var isRetired = false
    }

    /// After this many jobs the connection sends and receives, so that a busy task cannot hold up other tasks' replies.
    private static let jobsPerRound = 256

    private let pipe: WakePipe
    private let state = Mutex(State())
    private let thread = Atomic<pthread_t>(0)

    init(pipe: consuming WakePipe) {
        self.pipe = pipe
    }

    // MARK: Called from any thread

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let mustWake = state.withLock { state in
            precondition(!state.isRetired, "job for a connection thread that has ended")
            state.jobs.append(job)
            return state.isAsleep.take()
        }
        if mustWake { pipe.wake() }
    }

    /// Makes the thread check for work, even if it sleeps or is about to.
    func wakeUp() {
        let mustWake = state.withLock { state in
            state.hasWakeUp = !state.isAsleep
            return state.isAsleep.take()
        }
        if mustWake { pipe.wake() }
    }

    /// Keeps the thread alive for a task that will run on it, until ``removeUser()``.
    /// - Returns: false if the thread has ended.
    func addUser() -> Bool {
        state.withLock { state in
            if state.isRetired { return false }
            state.users += 1
            return true
        }
    }

    /// Ends what ``addUser()`` began.
    func removeUser() {
        state.withLock { $0.users -= 1 }
        wakeUp()
    }

    /// Whether the caller runs on the connection's thread.
    var isCurrent: Bool { thread.load(ordering: .relaxed) == pthread_self() }

    // MARK: Called by the connection's thread

    /// Makes the calling thread the one that runs the tasks.
    func adoptThread() {
        thread.store(pthread_self(), ordering: .relaxed)
    }

    /// Runs the queued jobs, and those that they queue, up to a limit.
    func runJobs() {
        var count = 0
        while count < Self.jobsPerRound {
            let jobs = state.withLock { state in
                guard !state.jobs.isEmpty else { return [UnownedJob]() }
                return exchange(&state.jobs, with: [])
            }
            if jobs.isEmpty { return }
            count += jobs.count
            for job in jobs { job.runSynchronously(on: asUnownedTaskExecutor()) }
        }
    }

    /// Waits for events of a socket, for ``wakeUp()``, for a job, or for the time limit.
    /// - Parameters:
    ///   - descriptor: the socket; negative if there is none.
    ///   - milliseconds: the time limit.
    /// - Returns: the events that the socket is ready for.
    func sleep(for events: Int32, on descriptor: Int32, atMost milliseconds: Int32) -> Int32 {
        let maySleep = state.withLock { state in
            state.isAsleep = state.jobs.isEmpty && !state.hasWakeUp
            state.hasWakeUp = false
            return state.isAsleep
        }
        if !maySleep, descriptor < 0 { return 0 }
        let ready = withUnsafeTemporaryAllocation(of: pollfd.self, capacity: 2) { entries in
            entries.initializeElement(at: 0, to: pollfd(fd: descriptor, events: Int16(events), revents: 0))
            entries.initializeElement(at: 1, to: pollfd(fd: pipe.readEnd, events: Int16(POLLIN), revents: 0))
            let count = poll(entries.baseAddress, 2, maySleep ? milliseconds : 0)
            guard count > 0 else { return Int32(0) }
            if entries[1].revents != 0 { pipe.drain() }
            return Int32(entries[0].revents)
        }
        if maySleep { state.withLock { $0.isAsleep = false } }
        return ready
    }

    /// Refuses further jobs, unless tasks still run on the thread.
    /// - Returns: whether the thread may end.
    func retire() -> Bool {
        state.withLock { state in
            state.isRetired = state.users == 0
            return state.isRetired
        }
    }
}

extension Bool {
    /// Returns the value and sets it to false.
    fileprivate mutating func take() -> Bool {
        defer { self = false }
        return self
    }
}

/// Ends a `poll` of the connection's thread from any other thread.
struct WakePipe: ~Copyable {
    let readEnd: Int32
    private let writeEnd: Int32

    init() throws {
        var ends: [Int32] = [-1, -1]
        // A pair of sockets, because Swift's Glibc module has no pipe2, which would set both flags at once as well.
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
            throw RedisError(
                code: .closed,
                message: "cannot create a pipe for a connection (\(String(cString: strerror(errno)))); "
                    + "are too many files open?")
        }
        readEnd = ends[0]
        writeEnd = ends[1]
    }

    deinit {
        close(readEnd)
        close(writeEnd)
    }

    /// Wakes the thread. A full pipe does not need another byte.
    borrowing func wake() {
        var byte: UInt8 = 1
        _ = write(writeEnd, &byte, 1)
    }

    /// Removes all bytes, so that the next `poll` waits again.
    borrowing func drain() {
        withUnsafeTemporaryAllocation(byteCount: 64, alignment: 1) { buffer in
            while read(readEnd, buffer.baseAddress, buffer.count) == buffer.count {}
        }
    }
}
