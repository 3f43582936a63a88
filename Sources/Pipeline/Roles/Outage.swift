internal import RedisClient
internal import RunLedger

/// Tells a server that is out of reach, which passes, from an error that trying again cannot mend.
package enum Outage {
    package static func isOne(_ error: any Error) -> Bool {
        switch error {
        case let error as RedisError: error.isTransient
        case let error as LedgerError: error.isOutage
        default: false
        }
    }
}
