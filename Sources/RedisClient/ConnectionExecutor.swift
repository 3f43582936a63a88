internal import Glibc
internal import Synchronization

/// Runs tasks on a connection's own thread, between its sending and its receiving, and lets the thread sleep meanwhile.
///
/// A task that runs here and waits for a reply is resumed by the very thread that received it: no other thread has to be
/// woken for that, and none to send the next command. That is what an ordinary task pays for with every call.
final class ConnectionExecutor: TaskExecutor {
    private struct State {
        var jobs: [UnownedJob] = []
        /// How many calls of ``RedisConnection/withConnectionThread(_:)`` go on.
        var tenants = 0
        /// The thread sleeps, or is about to, and wants to be woken through the pipe.
        var isAsleep = false
        /// Somebody rang while the thread was awake: it looks around once more before it sleeps.
        var isRung = false
        /// The thread has ended.
        var isRetired = false
    }

    /// How many jobs run before the connection has its turn, so that a busy task cannot hold up the others' replies
    /// for ever.
    private static let jobsAtAStretch = 256

    private let pipe: WakePipe
    private let state = Mutex(State())
    private let thread = Atomic<pthread_t>(0)

    init(pipe: consuming WakePipe) {
        self.pipe = pipe
    }

    // MARK: Called by anybody

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let mustWake = state.withLock { state in
            precondition(!state.isRetired, "a job for a connection's thread that has ended")
            state.jobs.append(job)
            return state.isAsleep.take()
        }
        if mustWake { pipe.wake() }
    }

    /// Makes the thread look around, should it sleep or be about to.
    func ring() {
        let mustWake = state.withLock { state in
            state.isRung = !state.isAsleep
            return state.isAsleep.take()
        }
        if mustWake { pipe.wake() }
    }

    /// Keeps the thread alive for a task that is to run on it.
    /// - Returns: false when it has ended.
    func enter() -> Bool {
        state.withLock { state in
            if state.isRetired { return false }
            state.tenants += 1
            return true
        }
    }

    /// The task is back where it came from.
    func leave() {
        state.withLock { $0.tenants -= 1 }
        ring()
    }

    /// Whether the caller runs on the connection's thread.
    var isCurrent: Bool { thread.load(ordering: .relaxed) == pthread_self() }

    // MARK: Called by the connection's thread

    /// The calling thread is the one that runs the tasks from now on.
    func adoptThread() {
        thread.store(pthread_self(), ordering: .relaxed)
    }

    /// Runs the jobs that are there, and those that come about by it, up to a limit.
    func runJobs() {
        var count = 0
        while count < Self.jobsAtAStretch {
            let jobs = state.withLock { state in
                guard !state.jobs.isEmpty else { return [UnownedJob]() }
                return exchange(&state.jobs, with: [])
            }
            if jobs.isEmpty { return }
            count += jobs.count
            for job in jobs { job.runSynchronously(on: asUnownedTaskExecutor()) }
        }
    }

    /// Waits for events of a socket, for being rung or for a job, or until the time is up.
    /// - Parameters:
    ///   - descriptor: the socket; negative when there is none.
    ///   - milliseconds: how long at the most.
    /// - Returns: what the socket is ready for.
    func sleep(for events: Int32, on descriptor: Int32, atMost milliseconds: Int32) -> Int32 {
        let maySleep = state.withLock { state in
            state.isAsleep = state.jobs.isEmpty && !state.isRung
            state.isRung = false
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

    /// Ends the thread's duty, unless tasks still run on it.
    /// - Returns: whether it is over.
    func retire() -> Bool {
        state.withLock { state in
            state.isRetired = state.tenants == 0
            return state.isRetired
        }
    }
}

extension Bool {
    /// The value, which is false from then on.
    fileprivate mutating func take() -> Bool {
        defer { self = false }
        return self
    }
}
