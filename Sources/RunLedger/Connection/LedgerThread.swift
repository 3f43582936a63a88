internal import Glibc
internal import Synchronization

/// A serial executor with a thread of its own.
///
/// The client library blocks while it waits for the server. On this thread it holds up nobody: the concurrency
/// runtime's own threads never wait for a database.
///
/// The thread keeps this object alive until ``stop()``, which the actor that runs here calls when it is deinitialised;
/// after that no job can come.
final class LedgerThread: SerialExecutor {
    private struct State {
        var jobs: [UnownedJob] = []
        var isStopped = false
    }

    private let state = Mutex(State())
    /// Counts what the thread has to look at. A semaphore has no isolation of its own to break: all of its operations
    /// may be called by any thread.
    private nonisolated(unsafe) let signal: UnsafeMutablePointer<sem_t>

    init() {
        signal = .allocate(capacity: 1)
        let initialized = sem_init(signal, 0, 0)
        precondition(initialized == 0, "sem_init failed with errno \(errno)")
        var thread = pthread_t()
        let created = pthread_create(
            &thread, nil,
            { argument in
                Unmanaged<LedgerThread>.fromOpaque(argument!).takeRetainedValue().run()
                return nil
            }, Unmanaged.passRetained(self).toOpaque())
        precondition(created == 0, "pthread_create failed with error \(created)")
        pthread_detach(thread)
    }

    deinit {
        sem_destroy(signal)
        signal.deallocate()
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        state.withLock { $0.jobs.append(job) }
        sem_post(signal)
    }

    /// Ends the thread once it has run what it was given.
    func stop() {
        state.withLock { $0.isStopped = true }
        sem_post(signal)
    }

    private func run() {
        while true {
            while sem_wait(signal) != 0 {}  // interrupted by a signal handler
            let (jobs, isStopped) = state.withLock { state in
                defer { state.jobs.removeAll(keepingCapacity: true) }
                return (state.jobs, state.isStopped)
            }
            for job in jobs { job.runSynchronously(on: asUnownedSerialExecutor()) }
            if isStopped && jobs.isEmpty { return }
        }
    }
}
