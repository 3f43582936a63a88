internal import ArtifactStore
internal import ExplorationFile
internal import LeaseQueue
internal import ModelRunner
internal import ParameterSpace
internal import RedisClient
internal import RunLedger
package import Support

/// The side that is at fault for an error of a running role, which decides what the role does.
///
/// | at fault | for example | consequence |
/// |---|---|---|
/// | ``message`` | it cannot be decoded, or the ledger refuses its row | the message fails, and becomes a dead letter |
/// | ``model`` | it crashed, or reached a limit | an attempt at the point is counted |
/// | ``machine`` | a full scratch disk, a program that cannot be started | the point is released, and no attempt counted |
/// | ``surroundings`` | Redis, the ledger or the artifact store is away or refuses | the role waits and tries again, as long as it takes |
///
/// Surroundings that are sick answer: MariaDB is read-only after a fail-over (1290, 1792, 1836), its disk is full (1021,
/// 1114), privileges or tables are missing (1142, 1045, 1146). Redis cannot write to its disk (`MISCONF`), is out of
/// memory (`OOM`), is loading or a replica, or lost its users (`NOPERM`, `NOAUTH`). An artifact store answers 403 or 5xx, or its
/// folder is full.
///
/// An error that is not known here is a fault of the surroundings: to wait is loud, and can be put right; a dead letter
/// for a fault of a server is a point that is missing in the map.
///
/// The first connections of a process are not covered: there, an error ends the process with a status that says why.
package enum Fault: Sendable, Hashable {
    /// The content of one message.
    case message
    /// The model, on this point.
    case model
    /// This process, its configuration, or the machine that it runs on. Another machine may succeed.
    case machine
    /// A server or a store, or the way to it.
    case surroundings

    /// Judges an error. `CancellationError` must be handled before.
    package init(of error: any Error) {
        self =
            switch error {
            case let error as RedisError: error.code == .configuration ? .machine : .surroundings
            case let error as LedgerError:
                error.isRecordFault ? .message : error.isServerFault ? .surroundings : .machine
            case let error as LeaseQueueError: error.code == .payloadTooLarge ? .message : .machine
            case let error as ArtifactStoreError: error.fault
            case let error as ModelFailure: error.isMachineFault ? .machine : .model
            case is MessageError, is PointError, is DecodingError: .message
            case is any ErrorWithExitStatus, is SettingError, is DefinitionError, is IncompatibleDefinition: .machine
            default: .surroundings
            }
    }
}

extension ArtifactStoreError {
    fileprivate var fault: Fault {
        switch code {
        case .invalidURL: .machine
        case .invalidHash: .message
        case .invalidName, .invalidFile: .model
        case .fileSystem, .credentials, .accessDenied, .bucketNotFound, .unavailable, .refused, .corrupt: .surroundings
        }
    }
}

/// The machine of a worker, or the worker's own file, does not allow it to run points. It ends the worker if it lasts.
package struct MachineFault: ErrorWithExitStatus, CustomStringConvertible {
    /// The machine's name.
    let host: String
    /// The problem, for users.
    let reason: String

    package let exitStatus = ExitStatus.machine

    package var description: String {
        "the worker on \(host) cannot run points, and leaves them to others: \(reason)"
    }
}
