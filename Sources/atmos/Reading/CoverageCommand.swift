internal import ArgumentParser
internal import CommandLineKit
internal import ExplorationFile
internal import FoundationEssentials
internal import Logging
internal import ParameterSpace
internal import RunLedger
internal import Support
internal import TextTable

/// `atmos coverage`: the explored share of the reachable region.
struct CoverageCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "coverage",
        abstract: "Show how much of the reachable region is settled, how sharply its edge is known, and what remains.",
        discussion: """
            The edge lies between a stable and an unstable point that follow each other along an axis. It is known to \
            one step if the two points are neighbours. The table counts such pairs by axis and by the steps between \
            the two points. 'Open' counts stable points beyond which, along that axis, nothing is known although the \
            space continues.

            The remaining runs are estimated, with bounds that hold in nine of ten cases: for a search that starts \
            with a coarse grid (frontier, adaptive) from the length of edge that the grid has met; otherwise from how \
            fast the front has shrunk recently. While the front may still grow freely there is no estimate, only the \
            number of waiting points. If no point waits, but the search would continue from the known points, as after \
            an import, there is a lower bound. The remaining points of a plan are counted.

              atmos coverage
              atmos coverage --exploration earth --json
            """)

    /// The former way to name the exploration.
    @Argument(help: .hidden)
    var name: String?

    @Flag(help: "Print JSON instead of a table.")
    var json = false

    @OptionGroup var exploration: ExplorationOption
    @OptionGroup var data: DataOptions
    @OptionGroup var log: LogOptions

    func validate() throws { _ = try exploration.or(name) }

    func run() async throws {
        try await Program.run("atmos coverage", log, defaultLevel: .error) { logger in
            let exploration = try exploration.or(name)
            let report = try await data.withLedger(of: exploration.name(), logger: logger) { ledger, _ in
                let definition = try await exploration.choose(from: ledger.registered()).readDefinition()
                return try await LedgerCoverage(definition: definition, ledger: ledger).report()
            }
            print(json ? try report.json() : report.text)
            return .success
        }
    }
}

/// The coverage of an exploration, as text and as JSON.
struct CoverageReport: Sendable {
    let definition: ExplorationDefinition
    let progress: LedgerProgress
    let coverage: Coverage

    /// The columns of the table, by the number of steps between the two points of a pair.
    private static let widths: [(title: String, steps: ClosedRange<Int>)] = [
        ("1 step", 1...1), ("2", 2...2), ("3-4", 3...4), ("5-8", 5...8), ("more", 9...Int.max),
    ]

    private func name(of edge: EdgeScan) -> String {
        definition.space.parameters[definition.space.axes[edge.axis].index].name
    }

    var text: String {
        let table = TextTable<EdgeScan> { edge in
            [
                Column(title: "axis", value: name(of: edge)),
                Column(title: "places of the edge", value: edge.places, align: .right),
            ]
                + Self.widths.map { width in
                    let count = edge.pairs.filter { width.steps.contains($0.key) }.values.reduce(0, +)
                    return Column(title: width.title, value: count, align: .right)
                } + [Column(title: "open", value: edge.open, align: .right)]
        }
        var lines = [
            "\(definition.name): \(progress.completed) points have a verdict (\(progress.stable) stable, "
                + "\(progress.unstable) unstable), \(progress.queued + progress.running) wait or run",
            settled, remaining,
            "edge: \(coverage.edgeLength) pairs of neighbours with different verdicts; "
                + "\(coverage.edgePlaces) places in all",
        ]
        lines.append(table.string(for: coverage.edges, style: Style.psql) ?? "")
        let offGrid = coverage.edges.map(\.offGrid).max() ?? 0
        if offGrid > 0 { lines.append("\(offGrid) points are not on the grid of some axis and were skipped there") }
        return lines.joined(separator: "\n")
    }

    private var settled: String {
        guard progress.completed > 0 else { return "settled: nothing yet" }
        let range = coverage.settledRange
        guard range.lowerBound > 0 else {
            return "settled: at most \(Self.percent(range.upperBound)) of what the search can reach"
        }
        let bounds = "\(Self.percent(range.lowerBound)) to \(Self.percent(range.upperBound))"
        guard let settled = coverage.settled else { return "settled: \(bounds) of what the search can reach" }
        return "settled: \(Self.percent(settled)) of what the search can reach"
            + (range.lowerBound < range.upperBound ? " (\(bounds))" : "")
    }

    private var remaining: String {
        let remaining = coverage.remaining
        let upper = remaining.upper.map { "\(Self.whole($0))" }
        guard let estimate = remaining.estimate else {
            return "remaining: at least \(Self.whole(remaining.lower)) runs"
                + (upper.map { ", at most \($0)" } ?? "; no upper bound is known yet")
        }
        if remaining.lower == estimate, remaining.upper == estimate { return "remaining: \(Self.whole(estimate)) runs" }
        return "remaining: about \(Self.whole(estimate)) runs, from \(Self.whole(remaining.lower))"
            + (upper.map { " to \($0)" } ?? "; no upper bound is known yet")
    }

    private static func whole(_ number: Double) -> Int { Int(min(number.rounded(), 1e18)) }

    /// Rounded down, so that only complete coverage is shown as 100 %.
    private static func percent(_ share: Double) -> String { "\((share * 1_000).rounded(.down) / 10) %" }
}

extension CoverageReport {
    private struct JSON: Encodable {
        let exploration: String
        let stable: Int
        let unstable: Int
        let outstanding: Int
        let settled: Double?
        let settledAtLeast: Double
        let settledAtMost: Double
        let remaining: Double?
        let remainingAtLeast: Double
        let remainingAtMost: Double?
        /// The number of pairs of neighbours with different verdicts.
        let edgeLength: Int
        let axes: [Axis]

        struct Axis: Encodable {
            let name: String
            /// The number of edge crossings, by the steps between the two points of each.
            let placesBySteps: [String: Int]
            let open: Int
        }
    }

    func json() throws -> String {
        let report = JSON(
            exploration: definition.name, stable: coverage.stable, unstable: coverage.unstable,
            outstanding: Int(progress.queued + progress.running), settled: coverage.settled,
            settledAtLeast: coverage.settledRange.lowerBound, settledAtMost: coverage.settledRange.upperBound,
            remaining: coverage.remaining.estimate, remainingAtLeast: coverage.remaining.lower,
            remainingAtMost: coverage.remaining.upper, edgeLength: coverage.edgeLength,
            axes: coverage.edges.map { edge in
                JSON.Axis(
                    name: name(of: edge),
                    placesBySteps: Dictionary(uniqueKeysWithValues: edge.pairs.map { ("\($0.key)", $0.value) }),
                    open: edge.open)
            })
        return try PrettyJSON.text(of: report, keys: .convertToSnakeCase)
    }
}
