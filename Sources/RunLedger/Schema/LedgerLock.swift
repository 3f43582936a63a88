/// The lock under which the shape of the ledger's tables is changed, one session at a time. The server gives it back
/// when the session that holds it ends, however it ends.
enum LedgerLock {
    private static let patience = Duration.seconds(60)
    /// Locks are named server-wide; the digest keeps within the 64 characters that a name may have. MySQL 9 has no SHA1.
    private static let name: SQL = "CONCAT('run_ledger:', LEFT(SHA2(DATABASE(), 256), 40))"

    static func hold<Result>(
        on connection: MariaDBConnection, _ configuration: LedgerConfiguration, _ body: () throws -> Result
    ) throws -> Result {
        let deadline = ContinuousClock.now + patience
        while try !take(on: connection, waiting: min(patience, configuration.readTimeout) / 2) {
            guard ContinuousClock.now < deadline else {
                throw LedgerError(
                    .contention,
                    "Another program has been changing the tables at \(configuration) for a minute: try again when it"
                        + " is done.")
            }
        }
        let result: Result
        do {
            result = try body()
        } catch {
            // Where the connection is lost, so is the lock.
            _ = try? release(on: connection)
            throw error
        }
        try release(on: connection)
        return result
    }

    /// The server is silent while it waits, so each try is shorter than its silence may be.
    private static func take(on connection: MariaDBConnection, waiting time: Duration) throws -> Bool {
        let taken = try connection.uncached("SELECT GET_LOCK(\(name), \(max(1, Int(time.components.seconds))))").rows()
        return taken.first?.first?.integerValue == 1
    }

    private static func release(on connection: MariaDBConnection) throws {
        _ = try connection.uncached("SELECT RELEASE_LOCK(\(name))").rows()
    }
}
