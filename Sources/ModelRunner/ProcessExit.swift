internal import Dispatch
internal import Glibc
internal import Subprocess

/// The exit of a child process as something to await.
enum ProcessExit {
    /// Returns when the process has exited. It is not reaped: its number stays its own until somebody does.
    ///
    /// Deliberately deaf to cancellation: whoever cancels a run also ends its process, and its end is awaited here.
    static func wait(for process: ProcessIdentifier) async {
        // A descriptor of its own, because the source has to be cancelled before its descriptor is closed, and the
        // process's is closed as soon as it has been reaped.
        let descriptor = fcntl(process.processDescriptor, F_DUPFD_CLOEXEC, 0)
        guard descriptor >= 0 else { return await poll(process.value) }
        let source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: .global())
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            source.setEventHandler { source.cancel() }
            source.setCancelHandler {
                close(descriptor)
                continuation.resume()
            }
            source.activate()
        }
    }

    /// For a kernel without process descriptors (before 5.3, and some sandboxes).
    private static func poll(_ process: pid_t) async {
        var information = siginfo_t()
        while waitid(P_PID, id_t(process), &information, WEXITED | WNOHANG | WNOWAIT) == 0,
            information.si_signo == 0
        {
            await pause(2)
        }
    }

    /// Sleeps on when the task is cancelled; what waits here is the clean-up after a cancellation.
    static func pause(_ milliseconds: Int) async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(milliseconds)) { continuation.resume() }
        }
    }
}
