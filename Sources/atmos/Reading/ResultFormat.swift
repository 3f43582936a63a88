internal import ArgumentParser
internal import Exploration
internal import FoundationEssentials
internal import RunLedger
internal import TextTable

/// How the rows of a query are printed.
enum ResultFormat: String, CaseIterable, ExpressibleByArgument {
    case table
    case csv
    case json

    func text(of result: ResultTable) throws -> String {
        switch self {
        case .table: table(result)
        case .csv: csv(result)
        case .json: try json(result)
        }
    }

    private func table(_ result: ResultTable) -> String {
        guard !result.columns.isEmpty else { return "" }
        let table = TextTable<[Cell]> { row in
            result.columns.enumerated().map { index, column in
                Column(title: column.name, value: row[index].shown, align: column.kind.alignment)
            }
        }
        return table.string(for: result.rows, style: Style.psql) ?? ""
    }

    /// RFC 4180: fields with a comma, a quote or a line break are quoted; NULL is an empty field.
    private func csv(_ result: ResultTable) -> String {
        let header = result.columns.map { Self.quoted($0.name) }
        let rows = result.rows.map { row in row.map { $0 == .null ? "" : Self.quoted($0.shown) } }
        return ([header] + rows).map { $0.joined(separator: ",") }.joined(separator: "\n")
    }

    static func quoted(_ field: String) -> String {
        let needsQuotes = field.utf8.contains { [0x22, 0x2C, 0x0A, 0x0D].contains($0) }
        return needsQuotes ? "\"\(field.replacing("\"", with: "\"\""))\"" : field
    }

    /// An array with an object for each row.
    private func json(_ result: ResultTable) throws -> String {
        let rows = result.rows.map { row in JSONRow(columns: result.columns.map(\.name), cells: row) }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(rows), as: UTF8.self)
    }
}

private struct JSONRow: Encodable {
    let columns: [String]
    let cells: [Cell]

    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        for (name, cell) in zip(columns, cells) {
            let key = Key(stringValue: name)
            switch cell {
            case .null: try container.encodeNil(forKey: key)
            case .integer(let value): try container.encode(value, forKey: key)
            case .unsigned(let value): try container.encode(value, forKey: key)
            case .real(let value): try container.encode(value, forKey: key)
            case .decimal(let text) where Int64(text) != nil: try container.encode(Int64(text), forKey: key)
            case .decimal, .text, .bytes: try container.encode(cell.shown, forKey: key)
            }
        }
    }
}

extension ResultTable.Column.Kind {
    fileprivate var alignment: Alignment {
        switch self {
        case .integer, .real, .decimal: .right
        case .text, .time, .bytes: .left
        }
    }
}
