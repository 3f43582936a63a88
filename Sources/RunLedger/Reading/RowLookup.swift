/// Looks up many points by their hashes.
///
/// A list of hashes is a list of parameters, and a statement has a fixed number of them. So there is one statement for
/// each of a few sizes, and a shorter list is filled up with its last hash.
struct RowLookup {
    let connection: MariaDBConnection
    let table: Identifier

    private static let sizes = [1, 16, 128, longest]

    /// The most hashes of one statement.
    static let longest = 512

    /// The rows with the given hashes, in no particular order, for hashes that are there.
    ///
    /// - Parameter columns: what to select.
    func rows(_ columns: SQL, of hashes: [[UInt8]]) throws -> [[Cell]] {
        var rows: [[Cell]] = []
        var rest = hashes[...]
        while let last = rest.prefix(Self.longest).last {
            let part = rest.prefix(Self.longest)
            let size = Self.sizes.first { $0 >= part.count }!
            let filled = Array(part) + Array(repeating: last, count: size - part.count)
            let statement = try connection.prepared(
                """
                SELECT \(columns) FROM \(table)
                WHERE \(RunColumns.hash) IN (\(Array(repeating: "?" as SQL, count: size)))
                """)
            rows += try statement.rows(filled.map { .hash($0) })
            rest = rest.dropFirst(part.count)
        }
        return rows
    }
}
