extension RunLedger {
    /// Returns the mark that was set last; `nil` before the first.
    public func ringMark(of table: String) async throws -> String? {
        try await read("ringMark", in: table) { connection, runs in
            let rows = try connection.prepared("SELECT mark FROM ledger_rings WHERE exploration_id = ?")
                .rows([.integer(runs.id)])
            return rows.first?.first?.textValue
        }
    }

    /// Records a mark of an exploration's queues, by which a later look at them recognises that they have lost data.
    ///
    /// - Parameter mark: up to 255 characters.
    public func setRingMark(_ mark: String, of table: String) async throws {
        _ = try await write("setRingMark", in: table) { connection, runs in
            try connection.prepared(
                """
                INSERT INTO ledger_rings (exploration_id, mark) VALUES (?, ?)
                ON DUPLICATE KEY UPDATE mark = VALUES(mark)
                """
            ).execute([.integer(runs.id), .text(mark)])
        }
    }

    /// Takes the lock on an exploration for which its sql-clients compete, or keeps it. It is free again once the ledger
    /// is closed or loses its connection.
    ///
    /// - Returns: whether this ledger holds the lock. With several servers that replicate each other, one holder for
    ///   each server is possible.
    public func holdsRingLock(of table: String) async throws -> Bool {
        try await write("holdsRingLock") { connection in
            let name = Self.ringLock(of: table, in: configuration)
            let rows = try connection.prepared(
                "SELECT COALESCE(IF(IS_USED_LOCK(?) = CONNECTION_ID(), 1, GET_LOCK(?, 0)), 0)"
            ).rows([.text(name), .text(name)])
            return rows.first?.first?.integerValue == 1
        }
    }

    /// Locks are the server's, not the database's, and their names have at most 64 characters.
    private static func ringLock(of table: String, in configuration: LedgerConfiguration) -> String {
        let name = "atmos ring \(configuration.database).\(table)"
        guard name.utf8.count > 64 else { return name }
        let digest = name.utf8.reduce(14_695_981_039_346_656_037 as UInt64) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }
        return "atmos ring \(digest)"
    }
}
