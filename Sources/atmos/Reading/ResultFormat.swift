internal import ArgumentParser
internal import RunLedger
internal import Support
internal import TextTable

/// How the rows of a query are printed.
enum ResultFormat: String, CaseIterable, ExpressibleByArgument {
    case table
    case csv
    case json
    case jsonl

    /// Prints rows as they come; only a page of them is in memory.
    ///
    /// - Returns: how many rows were printed.
    func print(_ stream: ResultStream) async throws -> Int {
        var output = TextOutput()
        var count = 0
        do {
            try output.write(head(stream.columns))
            while case let rows = try await stream.next(), !rows.isEmpty {
                try output.write(text(of: rows, stream.columns, isFirst: count == 0))
                count += rows.count
            }
            try output.write(foot(stream.columns, count: count))
            try output.flush()
        } catch is TextOutput.ReaderGone {}
        return count
    }

    private func head(_ columns: [ResultTable.Column]) -> String {
        switch self {
        case .table, .jsonl: ""
        case .csv: columns.map { CSVText.field($0.name) }.joined(separator: ",") + "\n"
        case .json: "["
        }
    }

    private func text(of rows: [[Cell]], _ columns: [ResultTable.Column], isFirst: Bool) -> String {
        switch self {
        case .table: table(rows, columns)
        case .csv:
            rows.map { row in row.map { $0 == .null ? "" : CSVText.field($0.shown) }.joined(separator: ",") + "\n" }
                .joined()
        case .json: (isFirst ? "\n" : ",\n") + rows.map { object($0, columns) }.joined(separator: ",\n")
        case .jsonl: rows.map { object($0, columns) + "\n" }.joined()
        }
    }

    private func foot(_ columns: [ResultTable.Column], count: Int) -> String {
        switch self {
        case .table: count == 0 ? table([], columns) : ""
        case .csv, .jsonl: ""
        case .json: count == 0 ? "]\n" : "\n]\n"
        }
    }

    /// A page of rows under its own header.
    private func table(_ rows: [[Cell]], _ columns: [ResultTable.Column]) -> String {
        let table = TextTable<[Cell]> { row in
            columns.enumerated().map { index, column in
                Column(
                    title: PlainText.oneLine(column.name), value: PlainText.oneLine(row[index].shown),
                    align: column.kind.alignment)
            }
        }
        return table.string(for: rows, style: Style.psql) ?? ""
    }

    private func object(_ row: [Cell], _ columns: [ResultTable.Column]) -> String {
        "{\(zip(columns, row).map { "\(JSONText.quoted($0.name)):\($1.json)" }.joined(separator: ","))}"
    }
}

/// Texts of models and of the database, made safe to show on a terminal.
enum PlainText {
    /// On one line, without characters that would move the cursor or change colours.
    static func oneLine(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        return text.unicodeScalars.map { scalar in
            switch scalar {
            case "\n": "\\n"
            case "\t": "\\t"
            case "\r": "\\r"
            default: isControl(scalar) ? "\\u{\(String(scalar.value, radix: 16))}" : String(scalar)
            }
        }.joined()
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }
}

extension Cell {
    fileprivate var json: String {
        switch self {
        case .null: "null"
        case .integer, .unsigned, .real: shown
        case .decimal(let text): Int64(text) == nil ? JSONText.quoted(text) : text
        case .text, .bytes: JSONText.quoted(shown)
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
