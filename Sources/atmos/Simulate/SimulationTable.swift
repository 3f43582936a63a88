internal import Simulation
internal import Support
internal import TextTable

/// Simulated courses side by side.
struct SimulationTable {
    let courses: [SimulatedCourse]

    private struct Row {
        let name: String
        let values: [String]
    }

    var text: String {
        let table = TextTable<Row> { row in
            [Column(title: "workers", value: row.name)]
                + courses.indices.map {
                    Column(title: "\(courses[$0].settings.workers)", value: row.values[$0], align: .right)
                }
        }
        let remarks = courses.flatMap { course in
            course.remarks.map { courses.count > 1 ? "\(course.settings.workers) workers: \($0)" : $0 }
        }
        return (table.string(for: rows, style: Style.psql) ?? "") + remarks.map { "\n\($0)" }.joined()
    }

    private var rows: [Row] {
        var rows = [
            row("wall time") { TimeSpan.text(seconds: $0.result.wallTime) },
            row("  half of the points done after") { TimeSpan.text(seconds: $0.result.time(untilFinished: 0.5)) },
            row("  99 % of the points done after") { TimeSpan.text(seconds: $0.result.time(untilFinished: 0.99)) },
            row("points run") { "\($0.result.counts.finished)" },
            row("  stable") { "\($0.result.counts.stable)" },
            row("runs begun") { "\($0.result.counts.attempts)" },
            row("  ended in an error") { "\($0.result.counts.failed)" },
            row("  lost with their worker") { "\($0.result.counts.preempted)" },
            row("workers busy") { Self.percent($0.utilization) },
            row("core-hours") { Self.number($0.coreHours($0.result.spent.all)) },
            row("  in runs that gave a verdict") { Self.number($0.coreHours($0.result.spent.useful)) },
            row("  in runs that ended in an error") { Self.number($0.coreHours($0.result.spent.failed)) },
            row("  in runs that were lost") { Self.number($0.coreHours($0.result.spent.preempted)) },
            row("  around runs") { Self.number($0.coreHours($0.result.spent.overhead)) },
            row("  idle") { Self.number($0.coreHours($0.result.spent.idle)) },
        ]
        if courses.contains(where: { $0.cost != nil }) {
            rows.append(row("cost") { $0.cost.map(Self.number) ?? "-" })
        }
        return rows + [
            row("waiting in main, mean") { Self.number($0.result.timeline.mean(.main)) },
            row("  most") { Self.number($0.result.timeline.peak(.main)) },
            row("waiting in main_sql, most") { Self.number($0.result.timeline.peak(.proposals)) },
            row("waiting in complete0/1_sql, most") { Self.number($0.result.timeline.peak(.results)) },
            row("waiting in explore, most") { Self.number($0.result.timeline.peak(.explore)) },
            row("sql-client busy") { Self.percent($0.sqlClientLoad) },
            row("master busy") { Self.percent($0.masterLoad) },
        ]
    }

    private func row(_ name: String, _ value: (SimulatedCourse) -> String) -> Row {
        Row(name: name, values: courses.map(value))
    }

    /// With three digits at least: `0.0123`, `12.3`, `12345`.
    private static func number(_ value: Double) -> String {
        guard value > 0, value < 100 else { return "\(Int(value.rounded()))" }
        var unit = 1.0
        while value * unit < 100 { unit *= 10 }
        let rounded = (value * unit).rounded() / unit
        return rounded == rounded.rounded() ? "\(Int(rounded))" : "\(rounded)"
    }

    private static func percent(_ share: Double) -> String { "\((share * 1_000).rounded() / 10) %" }
}
