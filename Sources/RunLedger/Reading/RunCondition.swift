/// A condition on runs that a person wrote, such as `CO2 > 0.1 and (state = 'error' or not verdict is null)`.
///
/// It is parsed by a grammar of its own and never becomes part of a statement as text: columns are those of the
/// exploration's table, values are bound parameters.
///
/// ```
/// condition   = conjunction { "or" conjunction }
/// conjunction = negation { "and" negation }
/// negation    = "not" negation | "(" condition ")" | comparison
/// comparison  = COLUMN ( "=" | "!=" | "<>" | "<" | "<=" | ">" | ">=" ) VALUE
///             | COLUMN [ "not" ] "like" TEXT | COLUMN [ "not" ] "in" "(" VALUE { "," VALUE } ")"
///             | COLUMN "is" [ "not" ] "null"
/// ```
///
/// A value is a number or a text in quotes, single or double, doubled within. As in SQL, a comparison with a column that
/// is NULL is neither true nor false.
public struct RunCondition: Sendable, Hashable {
    indirect enum Node: Sendable, Hashable {
        case or([Node])
        case and([Node])
        case not(Node)
        case comparison(column: ConditionToken, Operator, [ConditionToken])
        case null(column: ConditionToken, isNegated: Bool)
    }

    enum Operator: Sendable, Hashable {
        case equal, unequal, less, lessOrEqual, greater, greaterOrEqual
        case like(isNegated: Bool)
        case among(isNegated: Bool)
    }

    let root: Node

    /// Parses a condition.
    ///
    /// - Throws: ``LedgerError`` with code `invalidFilter`, saying at which character what was expected.
    public init(_ text: String) throws {
        var parser = ConditionParser(tokens: try ConditionToken.all(of: text))
        root = try parser.whole()
    }
}

extension RunCondition {
    /// The condition as a part of a statement on `table`, with its parameters.
    ///
    /// - Throws: ``LedgerError`` with code `invalidFilter` for a column that there is none of, or a value that cannot
    ///   be compared with its column.
    func statement(on table: RunTable) throws -> (sql: SQL, parameters: [ParameterColumn]) {
        var parameters: [ParameterColumn] = []
        let sql = try Self.sql(of: root, table.columns, &parameters)
        return (sql, parameters)
    }

    private static func sql(
        of node: Node, _ columns: [RunTableColumn], _ parameters: inout [ParameterColumn]
    ) throws -> SQL {
        switch node {
        case .or(let parts): return "(\(try parts.map { try sql(of: $0, columns, &parameters) }, separator: " OR "))"
        case .and(let parts): return "(\(try parts.map { try sql(of: $0, columns, &parameters) }, separator: " AND "))"
        case .not(let part): return "(NOT \(try sql(of: part, columns, &parameters)))"
        case .null(let name, let isNegated):
            return "\(try column(name, columns).identifier) \(isNegated ? "IS NOT NULL" : "IS NULL")"
        case .comparison(let name, let comparison, let values):
            let column = try column(name, columns)
            try check(comparison, column, at: name)
            parameters += try values.map { try $0.value(for: column) }
            return "\(column.identifier) \(operation(comparison, count: values.count))"
        }
    }

    private static func column(_ name: ConditionToken, _ columns: [RunTableColumn]) throws -> RunTableColumn {
        let wanted = name.text.lowercased()
        guard let column = columns.first(where: { $0.name.lowercased() == wanted }) else {
            throw name.error(
                "there is no column “\(name.text)”; there are \(columns.map(\.name).joined(separator: ", "))")
        }
        return column
    }

    private static func check(_ comparison: Operator, _ column: RunTableColumn, at name: ConditionToken) throws {
        switch (comparison, column.kind) {
        case (.like, let kind) where kind != .text:
            throw name.error("“\(column.name)” is no text, which “like” is for")
        case (.less, .hash), (.lessOrEqual, .hash), (.greater, .hash), (.greaterOrEqual, .hash):
            throw name.error("“\(column.name)” is a hash, which is equal or not, but neither greater nor less")
        default: break
        }
    }

    private static func operation(_ comparison: Operator, count: Int) -> SQL {
        switch comparison {
        case .equal: "= ?"
        case .unequal: "<> ?"
        case .less: "< ?"
        case .lessOrEqual: "<= ?"
        case .greater: "> ?"
        case .greaterOrEqual: ">= ?"
        case .like(let isNegated): isNegated ? "NOT LIKE ?" : "LIKE ?"
        case .among(let isNegated):
            "\(isNegated ? "NOT IN" : "IN") (\(Array(repeating: "?" as SQL, count: count)))"
        }
    }
}
