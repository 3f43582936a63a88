internal import Synchronization

/// The tables of explorations that were looked up, by the table's name, for all sessions of a ledger.
final class RunTableCache: Sendable {
    private let tables = Mutex<[String: RunTable]>([:])

    func forgetAll() { tables.withLock { $0 = [:] } }

    /// Forgets one.
    ///
    /// - Returns: whether it was remembered.
    func forget(_ table: String) -> Bool { tables.withLock { $0.removeValue(forKey: table) != nil } }

    /// The table, from the registry where it is not remembered.
    ///
    /// - Returns: nil where none is registered.
    func table(_ name: String, on connection: MariaDBConnection) throws -> RunTable? {
        if let known = tables.withLock({ $0[name] }) { return known }
        guard let entry = try Registry(connection: connection).entry(ofTable: name) else { return nil }
        let table = try RunTable(id: entry.id, entry.exploration)
        tables.withLock { $0[name] = table }
        return table
    }
}
