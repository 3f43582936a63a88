internal import FoundationEssentials

/// What runs of one kind cost beyond the model's own time, in milliseconds.
struct Row {
    let name: String
    let runs: Int
    let median: Double
    let ninetieth: Double
    let least: Double

    init(name: String, times: [Double], own: Double) {
        let beyond = times.map { $0 - own }.sorted()
        self.name = name
        runs = beyond.count
        median = beyond[beyond.count / 2]
        ninetieth = beyond[beyond.count * 9 / 10]
        least = beyond[0]
    }

    static func table(_ rows: [Row], own: Double) -> String {
        var lines = ["                        beyond the model's own time of \(text(own)) ms"]
        lines.append("                          median       90 %      least      runs")
        for row in rows {
            let numbers = [row.median, row.ninetieth, row.least].map { padded("\(text($0)) ms", 11) }.joined()
            lines.append(
                row.name + String(repeating: " ", count: 21 - row.name.count) + numbers + padded("\(row.runs)", 10))
        }
        return lines.joined(separator: "\n")
    }

    static func json(_ rows: [Row], own: Double) -> String {
        let kinds = rows.map { row in
            #"    {"runtime": "\#(row.name)", "median_ms": \#(text(row.median)), "p90_ms": \#(text(row.ninetieth)), "#
                + #""least_ms": \#(text(row.least)), "runs": \#(row.runs)}"#
        }
        return "{\n  \"own_ms\": \(text(own)),\n  \"runtimes\": [\n\(kinds.joined(separator: ",\n"))\n  ]\n}\n"
    }

    private static func text(_ milliseconds: Double) -> String {
        let hundredths = Int((milliseconds * 100).rounded())
        let fraction = String(abs(hundredths) % 100)
        return "\(hundredths < 0 ? "-" : "")\(abs(hundredths) / 100).\(fraction.count < 2 ? "0" : "")\(fraction)"
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }
}
