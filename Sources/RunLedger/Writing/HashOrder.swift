/// Puts a batch in the order of its hashes.
///
/// Writers that lock rows in one order do not wait for each other in a circle, and neighbouring rows of the table's
/// tree are written one after the other. Records of the same point keep their order.
enum HashOrder {
    static func sorted<Record>(_ records: [Record], by hash: (Record) -> [UInt8]) -> [Record] {
        // Hashes are evenly spread: their first eight bytes settle the order of nearly all of them.
        let keys = records.enumerated().map { (prefix: prefix(of: hash($1)), index: $0) }
        return keys.sorted { ($0.prefix, $0.index) < ($1.prefix, $1.index) }.map { records[$0.index] }
    }

    private static func prefix(of hash: [UInt8]) -> UInt64 {
        hash.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }
}
