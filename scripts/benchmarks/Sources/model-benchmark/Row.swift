internal import FoundationEssentials

/// What runs of one kind cost beyond the model's own time, in milliseconds.
struct Row {
    let name: String
    let runs: Int
    /// The model's own time in the middle case.
    let own: Double
    let median: Double
    let ninetieth: Double

    init(name: String, _ times: (model: [Double], own: [Double])) {
        let (model, own) = (times.model.sorted(), times.own.sorted())
        self.name = name
        self.own = own[own.count / 2]
        runs = model.count
        median = model[model.count / 2] - self.own
        ninetieth = model[model.count * 9 / 10] - own[own.count * 9 / 10]
    }

    static func table(_ rows: [Row]) -> String {
        var lines = ["beyond the model's own time:    median       90 %   own time      runs"]
        for row in rows {
            let numbers = [row.median, row.ninetieth, row.own].map { padded("\(text($0)) ms", 11) }.joined()
            lines.append(
                row.name + String(repeating: " ", count: 27 - row.name.count) + numbers + padded("\(row.runs)", 10))
        }
        return lines.joined(separator: "\n")
    }

    static func json(_ rows: [Row]) -> String {
        let kinds = rows.map { row in
            #"  {"runtime": "\#(row.name)", "median_ms": \#(text(row.median)), "p90_ms": \#(text(row.ninetieth)), "#
                + #""own_ms": \#(text(row.own)), "runs": \#(row.runs)}"#
        }
        return "[\n\(kinds.joined(separator: ",\n"))\n]\n"
    }

    /// Two decimals.
    private static func text(_ milliseconds: Double) -> String {
        let hundredths = Int((milliseconds * 100).rounded())
        let fraction = String(abs(hundredths) % 100)
        return "\(hundredths < 0 ? "-" : "")\(abs(hundredths) / 100).\(fraction.count < 2 ? "0" : "")\(fraction)"
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }
}
