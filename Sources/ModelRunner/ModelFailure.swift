internal import Glibc

/// Why a run, or a model, gave no verdict. A failure says nothing about the point: the run is tried again.
package struct ModelFailure: Error, Sendable, Hashable, CustomStringConvertible {
    /// What happened, for programs.
    package let kind: Kind

    /// What happened, for people: one sentence.
    package let message: String

    /// The end of what the model printed, at most ``LogTail/byteCount`` bytes.
    package let logTail: String

    /// The most memory in bytes that the run's processes were seen to hold; nil where none was looked at.
    package var peakMemoryBytes: Int?

    /// Describes a failure.
    package init(kind: Kind, message: String, logTail: String = "", peakMemoryBytes: Int? = nil) {
        self.kind = kind
        self.message = message
        self.logTail = logTail
        self.peakMemoryBytes = peakMemoryBytes
    }

    /// The message.
    package var description: String { message }
}

extension ModelFailure {
    /// The kinds of failure.
    package enum Kind: Sendable, Hashable {
        /// There is no such executable.
        case notFound
        /// The process could not be started, or the run directory could not be prepared.
        case spawn
        /// The model exited with this status, which is not 0.
        case exit(Int)
        /// The model was ended by this signal, which was not ours.
        case signal(Int)
        /// The run reached its limit of wall time or of processor time and was ended.
        case timeout
        /// The run reached its memory limit, or ran out of memory below it.
        case memory
        /// The run reached its output limit and was ended.
        case outputLimit
        /// What the model runs in failed: its container was refused or ended, or the process that watches over it did.
        case runtime
        /// The model exited with status 0 and left no `result.json`.
        case resultMissing
        /// The model exited with status 0, but what it left cannot be taken for a result.
        case resultInvalid

        /// A word for the ledger, such as `timeout` or `result_missing`.
        package var name: String {
            switch self {
            case .notFound: "not_found"
            case .spawn: "spawn"
            case .exit: "exit"
            case .signal: "signal"
            case .timeout: "timeout"
            case .memory: "memory"
            case .outputLimit: "output_limit"
            case .runtime: "runtime"
            case .resultMissing: "result_missing"
            case .resultInvalid: "result_invalid"
            }
        }

        /// How the model's process ended, where the kind tells: `exit 3`, `SIGSEGV`.
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
