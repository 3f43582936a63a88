internal import Glibc

/// The reason why a run gave no verdict.
package struct ModelFailure: Error, Sendable, Hashable, CustomStringConvertible {
    /// The failure for programs.
    package let kind: Kind

    /// The failure for users: one sentence, lower case, without a full stop.
    package var message: String

    /// The end of the model's output, at most ``LogTail/maxBytes`` bytes.
    package var logTail: String

    /// The peak memory of the run's processes in bytes; `nil` if it was not measured.
    package var peakMemoryBytes: Int?

    /// Describes a failure.
    package init(
        kind: Kind, message: String, logTail: String = "", peakMemoryBytes: Int? = nil
    ) {
        self.kind = kind
        self.message = message
        self.logTail = logTail
        self.peakMemoryBytes = peakMemoryBytes
    }

    /// Whether this machine could not even begin the run. Another one may.
    package var isMachineFault: Bool { [.notFound, .spawn, .runtime].contains(kind) }

    /// Whether every further attempt would fail in the same way.
    package var isPermanent: Bool { kind == .input }

    /// The message.
    package var description: String { message }
}

extension ModelFailure {
    /// The kind of a failure.
    package enum Kind: Sendable, Hashable {
        /// The executable does not exist.
        case notFound
        /// The process could not be started, or the run directory could not be prepared.
        case spawn
        /// The model cannot run on this point, which was found before the run.
        case input
        /// The files of the run that this one was to start from cannot be used.
        case parent
        /// The model exited with this nonzero status.
        case exit(Int)
        /// The model was ended by this signal, which the worker did not send.
        case signal(Int)
        /// The run reached its limit of wall time or of processor time and was ended.
        case timeout
        /// The run reached its memory limit, or ran out of memory below it.
        case memory
        /// The run reached its output limit and was ended.
        case outputLimit
        /// The model has no place to run: its container or its supervisor could not be started or ended.
        case runtime
        /// The container or the supervisor ended while the model ran.
        case lost
        /// The model exited with status 0 and left no `result.json`.
        case resultMissing
        /// The model exited with status 0, but its result is invalid.
        case resultInvalid

        /// A word for the ledger, such as `timeout` or `result_missing`.
        package var name: String {
            switch self {
            case .notFound: "not_found"
            case .spawn: "spawn"
            case .input: "input_error"
            case .parent: "parent_error"
            case .exit: "exit"
            case .signal: "signal"
            case .timeout: "timeout"
            case .memory: "memory"
            case .outputLimit: "output_limit"
            case .runtime: "runtime"
            case .lost: "runtime_lost"
            case .resultMissing: "result_missing"
            case .resultInvalid: "result_invalid"
            }
        }

        /// The end of the model's process if the kind implies it: `exit 3`, `SIGSEGV`.
        package var exitStatus: String? {
            switch self {
            case .exit(let status): "exit \(status)"
            case .signal(let number): SignalName.of(number)
            case .resultMissing, .resultInvalid: "exit 0"
            default: nil
            }
        }
    }
}

/// Signals by name.
package enum SignalName {
    private static let known: [Int32: (name: String, meaning: String)] = [
        SIGHUP: ("SIGHUP", "hang-up"), SIGINT: ("SIGINT", "interrupt"), SIGQUIT: ("SIGQUIT", "quit"),
        SIGILL: ("SIGILL", "illegal instruction"), SIGTRAP: ("SIGTRAP", "trap"), SIGABRT: ("SIGABRT", "abort"),
        SIGBUS: ("SIGBUS", "bus error"), SIGFPE: ("SIGFPE", "arithmetic error"), SIGKILL: ("SIGKILL", "kill"),
        SIGUSR1: ("SIGUSR1", "user signal 1"), SIGSEGV: ("SIGSEGV", "segmentation fault"),
        SIGUSR2: ("SIGUSR2", "user signal 2"), SIGPIPE: ("SIGPIPE", "broken pipe"), SIGALRM: ("SIGALRM", "alarm"),
        SIGTERM: ("SIGTERM", "termination"), SIGXCPU: ("SIGXCPU", "processor time limit"),
        SIGXFSZ: ("SIGXFSZ", "file size limit"), SIGVTALRM: ("SIGVTALRM", "virtual alarm"),
        SIGPROF: ("SIGPROF", "profiling alarm"), SIGIO: ("SIGIO", "input or output"),
        SIGPWR: ("SIGPWR", "power failure"), SIGSYS: ("SIGSYS", "bad system call"),
    ]

    /// The name of a signal, such as `SIGSEGV`, or `signal 40` for one without.
    package static func of(_ number: Int) -> String {
        Int32(exactly: number).flatMap { known[$0]?.name } ?? "signal \(number)"
    }

    /// The name of a signal and what it means, such as `SIGSEGV (segmentation fault)`.
    static func explained(_ number: Int) -> String {
        guard let entry = Int32(exactly: number).flatMap({ known[$0] }) else { return "signal \(number)" }
        return "\(entry.name) (\(entry.meaning))"
    }
}
