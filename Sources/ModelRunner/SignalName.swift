internal import Glibc

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
