/// The lock under which the shape of the ledger's tables is changed, one session at a time. The server gives it back
/// when the session that holds it ends, however it ends.
enum LedgerLock {
    /// Seconds to wait for it.
    private static let patience = 60

    static func hold<Result>(
        on connection: MariaDBConnection, _ configuration: LedgerConfiguration, _ body: () throws -> Result
    ) throws -> Result {
        // Locks are named server-wide; the digest keeps within the 64 characters that a name may have.
        let taken = try connection.uncached(
            "SELECT GET_LOCK(CONCAT('run_ledger:', SHA1(DATABASE())), \(patience))"
        ).rows()
        guard taken.first?.first?.integerValue == 1 else {
            throw LedgerError(
                .contention,
                "Another program has been changing the tables at \(configuration) for \(patience) seconds: try again"
                    + " when it is done.")
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

    private static func release(on connection: MariaDBConnection) throws {
        _ = try connection.uncached("SELECT RELEASE_LOCK(CONCAT('run_ledger:', SHA1(DATABASE())))").rows()
    }
}
