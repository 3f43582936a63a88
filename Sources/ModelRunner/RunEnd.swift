internal import Glibc
internal import Support
internal import SystemPackage

/// The end of a command.
package struct RunEnd: Sendable, Equatable {
    /// The end of the command's main process.
    package enum Status: Sendable, Equatable {
        /// It exited.
        case exited(Int)
        /// A signal ended it.
        case signaled(Int)
        /// It could not be executed, for this error number.
        case notStarted(Int32)
    }

    /// The end of the command's main process.
    package var status: Status

    /// The limit for which it was ended; `nil` if it ended by itself or with the task.
    package var violation: LimitViolation?

    /// The largest memory measured, in bytes; `nil` if nothing ran.
    package var peakMemoryBytes: Int?

    /// The processor time of all its processes.
    package var cpuTime = Duration.zero

    /// Whether the kernel ended a process because the container's memory ran out.
    package var ranOutOfMemory = false
}

/// A limit that a run reached.
package enum LimitViolation: Sendable, Equatable {
    case wallTime
    case cpuTime
    case memory(bytes: Int)
    case output(FolderSize)
}

/// The failure that a run's end amounts to.
extension RunEnd {
    /// The reason why the run has failed; `nil` if the model exited with status 0 within its limits.
    ///
    /// - Parameters:
    ///   - limits: the limits of the run.
    ///   - command: the command.
    ///   - log: the end of its output.
    ///   - size: the size of its files.
    package func failure(
        of command: ModelCommand, limits: RunLimits, log: LogTail, size: FolderSize
    ) -> ModelFailure? {
        var failure = RunFailureMessage(limits: limits, log: log).failure(of: self, command, size)
        failure?.peakMemoryBytes = peakMemoryBytes
        return failure
    }

    /// The reason why a run that exited with status 0 left no result, if its processor time explains that: the kernel may
    /// have ended one of its processes at the limit, for which another one waited before it exited.
    func failureWithoutResult(limits: RunLimits, log: LogTail) -> ModelFailure? {
        guard let limit = limits.cpuTime, cpuTime >= limit else { return nil }
        var failure = RunFailureMessage(limits: limits, log: log).cpuFailure
        failure.peakMemoryBytes = peakMemoryBytes
        return failure
    }
}

extension RunEnd {
    /// Whether the kernel's signal for the limit of processor time ended the command, perhaps below a shell.
    ///
    /// The kernel and this program count processor time with different precision, so that the measured time may be a little
    /// below the limit.
    fileprivate var isCPULimitSignal: Bool {
        status == .signaled(Int(SIGXCPU)) || status == .exited(128 + Int(SIGXCPU))
    }
}

/// The wording of failures.
private struct RunFailureMessage {
    let limits: RunLimits
    let log: LogTail

    func failure(of end: RunEnd, _ command: ModelCommand, _ size: FolderSize) -> ModelFailure? {
        switch end.violation {
        case .wallTime:
            return failure(
                .timeout, "was ended at its wall-time limit of \(TimeSpan(limits.wallTime))")
        case .cpuTime: return cpuFailure
        case .memory(let bytes):
            return failure(.memory, "was ended because it used \(Self.size(bytes)) of memory; \(memoryLimit)")
        case .output(let size): return outputFailure(size)
        case nil: break
        }
        if case .notStarted(let error) = end.status { return startFailure(Errno(rawValue: error), command) }
        if size.exceeds(limits) { return outputFailure(size) }
        if end.status == .exited(0) { return nil }
        // The kernel enforces the limit for each process, without this program.
        if let limit = limits.cpuTime, end.cpuTime >= limit || end.isCPULimitSignal { return cpuFailure }
        switch end.status {
        case .exited(let status) where end.ranOutOfMemory || log.reportsOutOfMemory:
            return failure(.memory, "ran out of memory and exited with status \(status); \(memoryLimit)")
        case .exited(let status):
            return failure(.exit(status), "exited with status \(status)")
        case .signaled(let signal) where end.ranOutOfMemory || log.reportsOutOfMemory:
            return failure(.memory, "ran out of memory and was ended by \(SignalName.of(signal)); \(memoryLimit)")
        case .signaled(let signal):
            let sender = signal == 9 ? ", which this worker did not send; the kernel does if memory runs out" : ""
            return failure(.signal(signal), "was ended by \(SignalName.explained(signal))\(sender)")
        case .notStarted: return nil
        }
    }

    var cpuFailure: ModelFailure {
        let limit = limits.cpuTime.map { "\(TimeSpan($0))" } ?? "none"
        return failure(.timeout, "was ended at its processor-time limit of \(limit)")
    }

    private func startFailure(_ error: Errno, _ command: ModelCommand) -> ModelFailure {
        let program = command.words.first ?? ""
        let hint =
            error == .noSuchFileOrDirectory && ExecutableSearch.state(of: FilePath(program)) != .missing
            ? "; if it is a script, check that the program in its first line exists" : ""
        return ModelFailure(
            kind: error == .noSuchFileOrDirectory && hint.isEmpty ? .notFound : .spawn,
            message: "the model could not be started: \(program): \(error)\(hint)", logTail: log.text)
    }

    private func outputFailure(_ size: FolderSize) -> ModelFailure {
        let what =
            size.files > FolderSize.maxFiles
            ? "created more than \(FolderSize.maxFiles) files"
            : "reached its output limit of \(Self.size(limits.outputBytes)), log included"
        return failure(.outputLimit, what)
    }

    private func failure(_ kind: ModelFailure.Kind, _ what: String) -> ModelFailure {
        return ModelFailure(
            kind: kind, message: "the model \(what); \(log.cause ?? "it printed nothing")", logTail: log.text)
    }

    private var memoryLimit: String {
        limits.memoryBytes.map { "its limit is \(Self.size($0))" } ?? "it has no memory limit"
    }

    private static func size(_ bytes: Int) -> String {
        switch bytes {
        case ..<(10 << 10): "\(bytes) bytes"
        case ..<(10 << 20): "\(bytes >> 10) KiB"
        default: "\(bytes >> 20) MiB"
        }
    }
}
