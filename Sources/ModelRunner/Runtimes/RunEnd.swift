/// How a command ended.
package struct RunEnd: Sendable, Equatable {
    /// The end of the command's own process.
    package enum Status: Sendable, Equatable {
        /// It exited.
        case exited(Int)
        /// A signal ended it.
        case signaled(Int)
        /// It could not be executed, for this error number.
        case notStarted(Int32)
    }

    /// The end of the command's own process.
    package var status: Status

    /// The limit for which it was ended; nil when it ended by itself, or with the task.
    package var breach: RunBreach?

    /// The most memory in bytes that was seen; nil when nothing ran.
    package var peakMemoryBytes: Int?

    /// The processor time that it took, of all its processes.
    package var cpuTime = Duration.zero

    /// Whether the kernel ended a process because the container's memory ran out.
    package var ranOutOfMemory = false
}

/// A limit that a run reached.
package enum RunBreach: Sendable, Equatable {
    case wallTime
    case cpuTime
    case memory(bytes: Int)
    case output(FolderSize)
}
