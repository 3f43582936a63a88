/// The courses over one region as a table, each beside flood.
struct CourseTable {
    let title: String
    /// Flood first.
    let courses: [Course]

    private static let shares = [0.5, 0.9, 0.99, 1]

    var text: String {
        let heads = ["runs in all", "found", "exactly", "50 %", "90 %", "99 %", "100 %", "99 % / flood"]
        var lines = ["\(title): \(courses[0].edgeCount) points on the edge", row("runs until", heads)]
        let reference = courses[0].runs(until: 0.99)
        for course in courses {
            let runs = Self.shares.map { course.runs(until: $0) }
            let ratio = runs[2].flatMap { own in reference.map { Double(own) / Double($0) } }
            let cells = ["\(course.runs)", percent(course.share), percent(course.exactly)]
            lines.append(
                row(course.strategy, cells + runs.map { $0.map(String.init) ?? "-" } + [ratio.map(percent) ?? "-"]))
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func row(_ name: String, _ cells: [String]) -> String {
        let first = "  " + name + String(repeating: " ", count: max(1, 22 - name.count))
        return first + cells.map { String(repeating: " ", count: max(1, 13 - $0.count)) + $0 }.joined()
    }

    private func percent(_ share: Double) -> String {
        // Rounded down: what is not all must not look like it.
        "\(Double(Int(share * 1000)) / 10) %"
    }
}
