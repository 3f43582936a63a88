/// What a query gave: its columns, and rows of typed cells.
public struct ResultTable: Sendable, Hashable {
    /// A column of a result.
    public struct Column: Sendable, Hashable {
        /// What the cells of a column hold, besides NULL.
        public enum Kind: String, Sendable {
            case integer
            case real
            case decimal
            case text
            /// A date or a time, as text.
            case time
            case bytes
        }

        /// The name as the query gives it.
        public let name: String
        /// What its cells hold.
        public let kind: Kind

        /// A column of a result.
        public init(name: String, kind: Kind) {
            self.name = name
            self.kind = kind
        }
    }

    /// The columns, in the query's order.
    public let columns: [Column]
    /// As many cells in each row as there are columns.
    public let rows: [[Cell]]
    /// Whether there were more rows than the limit.
    public let isTruncated: Bool

    /// A result.
    public init(columns: [Column], rows: [[Cell]], isTruncated: Bool) {
        self.columns = columns
        self.rows = rows
        self.isTruncated = isTruncated
    }
}
