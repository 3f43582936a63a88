/// An index that tables of runs once had, and that no question needs any more: who knows a point's code knows its hash.
/// It cost every insertion a fifth of its time.
enum RetiredKey {
    /// Drops it while others read and write the table. Where the user may not, it stays: it does no harm.
    static func drop(from table: Identifier, on connection: MariaDBConnection) throws {
        let found = try connection.prepared(
            """
            SELECT COUNT(*) FROM information_schema.statistics
            WHERE table_schema = DATABASE() AND table_name = ? AND index_name = 'by_code'
            """
        ).rows([.text(table.text)])
        guard found.first?.first?.integerValue != 0 else { return }
        do {
            try connection.execute("ALTER TABLE \(table) DROP KEY `by_code`, ALGORITHM = INPLACE, LOCK = NONE")
        } catch let error as MariaDBError where error.isMissingRight {}
    }
}
