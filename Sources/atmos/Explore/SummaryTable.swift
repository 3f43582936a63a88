internal import RunLedger
internal import TextTable

/// How many points ended how.
enum SummaryTable {
    private struct Row {
        let what: String
        let points: Int
    }

    static func text(of progress: LedgerProgress) -> String {
        let rows = [
            Row(what: "stable", points: progress.stable),
            Row(what: "unstable", points: progress.unstable),
            Row(what: "error", points: progress.error),
            Row(what: "running", points: progress.running),
            Row(what: "queued", points: progress.queued),
            Row(what: "all", points: progress.total),
        ]
        let table = TextTable<Row> { row in
            [Column(title: "points", value: row.what), Column(title: "number", value: row.points, align: .right)]
        }
        return table.string(for: rows, style: Style.psql) ?? ""
    }
}
