internal import Subprocess
internal import SystemPackage

/// A run's end in the words of a failure.
extension ProcessRun {
    /// Why the run counts as failed, or nil when the model exited with status 0 within its limits.
    ///
    /// - Parameters:
    ///   - end: how the run ended.
    ///   - log: what it printed last.
    ///   - output: the size of what it wrote, where that is at its limit.
    func failure(of end: End, log: LogTail, output: FolderSize?) -> ModelFailure? {
        switch end.breach {
        case .wallTime:
            return failure(.timeout, "was ended at its wall-time limit of \(Self.seconds(limits.wallTime))", log)
        case .memory(let bytes):
            return failure(
                .memory, "was ended because it held \(Self.size(bytes)) of memory; \(memoryLimit)", log)
        case .output(let size):
            return outputFailure(size, log)
        case nil:
            if let output { return outputFailure(output, log) }
        }
        switch end.status {
        case .exited(0): return nil
        case .exited(let status): return exitFailure(Int(status), log)
        case .signaled(let signal): return signalFailure(Int(signal), log)
        }
    }

    private func exitFailure(_ status: Int, _ log: LogTail) -> ModelFailure {
        if tools.failed(accordingTo: log.text) { return startFailure(log) }
        if log.tellsOfMemory {
            return failure(.memory, "ran out of memory and exited with status \(status); \(memoryLimit)", log)
        }
        return failure(.exit(status), "exited with status \(status)", log)
    }

    private func startFailure(_ log: LogTail) -> ModelFailure {
        let there = ExecutableSearch.state(of: FilePath(command[0])) != .missing
        let hint = there ? "; if it is a script, is the program there that its first line names?" : ""
        return ModelFailure(
            kind: there ? .spawn : .notFound,
            message: "The model could not be started: \(log.lastLine ?? "")\(hint)", logTail: log.text)
    }

    private func signalFailure(_ signal: Int, _ log: LogTail) -> ModelFailure {
        if log.tellsOfMemory {
            let name = SignalName.of(signal)
            return failure(.memory, "ran out of memory and was ended by \(name); \(memoryLimit)", log)
        }
        let sender = signal == 9 ? ", which this worker did not send; the kernel does when memory runs out" : ""
        return failure(.signal(signal), "was ended by \(SignalName.explained(signal))\(sender)", log)
    }

    private func outputFailure(_ size: FolderSize, _ log: LogTail) -> ModelFailure {
        let what =
            size.files > FolderSize.fileLimit
            ? "had made more than \(FolderSize.fileLimit) files"
            : "reached its output limit of \(Self.size(limits.outputBytes)), log included"
        return failure(.outputLimit, what, log)
    }

    private func failure(_ kind: ModelFailure.Kind, _ what: String, _ log: LogTail) -> ModelFailure {
        let last = log.lastLine.map { "; its log ends with: \($0)" } ?? "; it printed nothing"
        return ModelFailure(kind: kind, message: "The model \(what)\(last)", logTail: log.text)
    }

    private var memoryLimit: String {
        limits.memoryBytes.map { "its limit is \(Self.size($0))" } ?? "it has no limit of its own"
    }

    private static func seconds(_ duration: Duration) -> String {
        let seconds = duration / .seconds(1)
        return seconds == seconds.rounded() ? "\(Int(seconds)) s" : "\(seconds) s"
    }

    private static func size(_ bytes: Int) -> String {
        switch bytes {
        case ..<(10 << 10): "\(bytes) bytes"
        case ..<(10 << 20): "\(bytes >> 10) KiB"
        default: "\(bytes >> 20) MiB"
        }
    }
}
