internal import ArgumentParser
internal import ArtifactStore
internal import ExplorationFile
internal import LeaseQueue
package import Logging
internal import ModelRunner
internal import Pipeline
internal import RedisClient
internal import RunLedger
package import ServiceLifecycle
package import Support
internal import UnixSignals

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// The frame of every executable: a logger, signal handling, error messages and the exit status.
package enum Program {
    /// Runs an executable's work.
    ///
    /// - Parameters:
    ///   - name: the executable's name, for the log and for errors.
    ///   - defaultLevel: the log level unless the user sets another.
    ///   - work: returns the exit status.
    /// - Throws: ArgumentParser's `ExitCode`, to end the process with.
    package static func run(
        _ name: String, _ log: LogOptions, defaultLevel: Logger.Level = .info,
        _ work: (Logger) async throws -> ExitStatus
    ) async throws {
        // A server that closed its connection must be an error of the write, not the end of the process.
        signal(SIGPIPE, SIG_IGN)
        let status: ExitStatus
        do {
            let level = try log.level(default: defaultLevel)
            LoggingSystem.bootstrap { label in
                var handler = StreamLogHandler.standardError(label: label)
                handler.logLevel = level
                return handler
            }
            status = try await work(Logger(label: name))
        } catch {
            status = explain(error, by: name)
        }
        if status != .success { throw ExitCode(status.rawValue) }
    }

    /// Runs long-running roles until one of them ends, or SIGTERM or SIGINT arrives.
    package static func serve(_ services: [any Service], logger: Logger) async throws {
        // The group logs signals and state changes that the roles report themselves.
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: services.map { .init(service: $0, successTerminationBehavior: .gracefullyShutdownGroup) },
                gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet))
        try await group.run()
    }

    /// Prints an error on standard error and returns the exit status for it.
    ///
    /// Faults of an exploration's file are printed as `FILE:LINE:COLUMN: …`, everything else after the program's name.
    package static func explain(_ error: any Error, by name: String) -> ExitStatus {
        if let exit = error as? ExitCode { return ExitStatus(rawValue: exit.rawValue) ?? .failures }
        let text = "\(error)"
        let lines = error is DefinitionError ? text : "\(name): error: \(text)"
        StandardError.write(lines + "\n")
        return switch error {
        case is DefinitionError, is IncompatibleDefinition, is SettingError: .configuration
        case let error as RedisError: error.isTransient ? .unavailable : .configuration
        case let error as LedgerError: error.isOutage ? .unavailable : .configuration
        case is LeaseQueueError, is ModelFailure, is ArtifactStoreError: .configuration
        case let error as any ErrorWithExitStatus: error.exitStatus
        case is CancellationError: .interrupted
        default: .failures
        }
    }
}
