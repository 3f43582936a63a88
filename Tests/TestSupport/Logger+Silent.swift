package import Logging

extension Logger {
    /// A logger that drops what it is given, for tests that do not look at the log.
    package static let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
}
