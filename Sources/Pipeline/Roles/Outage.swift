internal import RedisClient
internal import RunLedger

/// Whether a server, or the way to it, is at fault for an error of a running role.
///
/// This is the one answer to the question whose fault an error is. A role waits and tries again, as long as it takes; no
/// attempt is counted, and no message fails. It is not limited to servers that are dead. A server that is sick answers:
///
/// | server | replies, among others |
/// |---|---|
/// | MariaDB | read-only after a fail-over (1290, 1792, 1836), disk full (1021, 1114), privileges or tables missing (1142, 1045, 1146) |
/// | Redis | cannot write to its disk (`MISCONF`), out of memory (`OOM`), is loading or a replica, lost its users (`NOPERM`, `NOAUTH`) |
///
/// A message is at fault if it cannot be decoded, or if the ledger refuses its row for what it contains
/// (`LedgerError.isRecordFault`). Every other error of a server counts as an outage until it is known better: to wait is
/// loud, and can be put right; a dead letter for a fault of a server is a point that is missing in the map.
///
/// The first connections of a process are not covered: there, an error ends the process with a status that says why.
package func isOutage(_ error: any Error) -> Bool {
    switch error {
    case let error as RedisError: error.code != .configuration
    case let error as LedgerError: error.isServerFault
    default: false
    }
}
