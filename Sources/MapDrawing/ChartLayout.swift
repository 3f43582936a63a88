/// The layout of a chart. All text is measured first, so that nothing overlaps.
struct ChartLayout {
    let title: TextBlock
    let subtitle: TextBlock
    let legend: Legend
    let legendTop: Double
    let plot: Rectangle
    let xTicks: [Tick]
    let yTicks: [Tick]
    let xLabel: TextBlock
    let yLabel: TextBlock
    let bar: Rectangle?
    let barTicks: [Tick]
    let barLabel: TextBlock
    let footnote: TextBlock
    let size: MapSize

    init(_ chart: MapChart, _ data: ChartData, on canvas: Canvas) {
        let margin = Theme.margin
        size = chart.size
        let textWidth = size.width - 2 * margin

        title = TextBlock(chart.title, Theme.title, width: textWidth, lines: 2, on: canvas)
        subtitle = TextBlock(chart.subtitle, Theme.subtitle, width: textWidth, lines: 3, on: canvas)
        legend = Legend(data, width: textWidth, on: canvas)
        legendTop = margin - 4 + title.height + subtitle.height + (title.lines.isEmpty ? 0 : 10)
        let top = legendTop + legend.height + 10

        let leftOut = data.leftOut == 1 ? "1 point has" : "\(grouped(String(data.leftOut))) points have"
        let excluded = data.leftOut == 0 ? "" : "\(leftOut) no place on these axes and cannot be shown."
        footnote = TextBlock(excluded, Theme.footnote, width: textWidth, lines: 1, on: canvas)
        let xName = TextBlock(
            Self.name(chart.x.label, chart.x.unit), Theme.label, width: textWidth, lines: 2, on: canvas)
        let tickRow = Theme.tickLength + Theme.tickGap + 1.3 * Theme.tick.size
        let below = tickRow + 6 + xName.height + footnote.height + (footnote.lines.isEmpty ? 0 : 4)
        let bottom = size.height - margin + 6 - below

        let height = bottom - top
        yTicks = Tick.ticks(data.y.tickRange, chart.y.scale, wanted: max(4, Int(height / 64)))
        yLabel = TextBlock(Self.name(chart.y.label, chart.y.unit), Theme.label, width: height, lines: 2, on: canvas)
        let left =
            margin - 4 + yLabel.height + 8 + Self.widest(yTicks, canvas) + Theme.tickGap + Theme.tickLength

        var right = size.width - margin
        if let values = data.values, let colour = chart.colour {
            barTicks = Tick.ticks(values, .linear, wanted: max(4, Int(height / 64)))
            barLabel = TextBlock(Self.name(colour.label, colour.unit), Theme.label, width: height, lines: 2, on: canvas)
            right += 4 - barLabel.height - 8 - Self.widest(barTicks, canvas) - Theme.tickGap - Theme.tickLength
            bar = Rectangle(left: right - Theme.barWidth, top: top, right: right, bottom: bottom)
            right -= Theme.barWidth + 20
        } else {
            (barTicks, bar) = ([], nil)
            barLabel = TextBlock("", Theme.label, width: height, lines: 1, on: canvas)
        }
        plot = Rectangle(left: left, top: top, right: right, bottom: bottom)
        xLabel = xName
        xTicks = Self.ticksSideBySide(data.x, width: right - left, on: canvas)
    }

    /// The label with its unit in brackets.
    private static func name(_ label: String, _ unit: String) -> String {
        unit.isEmpty ? label : "\(label) [\(unit)]"
    }

    private static func widest(_ ticks: [Tick], _ canvas: Canvas) -> Double {
        ticks.compactMap(\.label).map { canvas.width($0, Theme.tick) }.max() ?? 0
    }

    /// Returns as many ticks as fit without overlapping labels.
    private static func ticksSideBySide(
        _ axis: AxisModel, width: Double, on canvas: Canvas
    ) -> [Tick] {
        var wanted = max(4, Int(width / 80))
        while true {
            let ticks = Tick.ticks(axis.tickRange, axis.scale, wanted: wanted)
            let labelled = ticks.filter { $0.label != nil }.sorted { $0.position < $1.position }
            let scaleFactor = width / (axis.range.upperBound - axis.range.lowerBound)
            let fit = zip(labelled, labelled.dropFirst()).allSatisfy { left, right in
                let distance = (right.position - left.position) * scaleFactor
                let needed = [left, right].compactMap(\.label).reduce(0) { $0 + canvas.width($1, Theme.tick) / 2 }
                return distance >= needed + 10
            }
            if fit || wanted == 2 { return ticks }
            wanted -= 1
        }
    }
}

/// The legend between the heading and the plot: the marks with their meanings and numbers.
struct Legend {
    /// The mark that an entry explains.
    enum Kind: Equatable {
        case state(MapPointState)
        case unknownValue
        case start
    }

    struct Entry {
        let kind: Kind
        let text: RichText
        /// From the left edge of the legend.
        let left: Double
        let row: Int
    }

    static let rowHeight = 22.0
    static let swatchWidth = 26.0
    private static let swatchGap = 8.0
    private static let entryGap = 26.0

    let entries: [Entry]

    var height: Double { entries.last.map { Double($0.row + 1) * Self.rowHeight } ?? 0 }

    init(_ data: ChartData, width: Double, on canvas: Canvas) {
        var entries: [Entry] = []
        var (left, row) = (0.0, 0)
        func append(_ kind: Kind, _ text: String) {
            let text = RichText(text)
            let needed = Self.swatchWidth + Self.swatchGap + canvas.width(text, Theme.legend)
            if left > 0, left + needed > width { (left, row) = (0, row + 1) }
            entries.append(Entry(kind: kind, text: text, left: left, row: row))
            left += needed + Self.entryGap
        }
        for (state, name) in Self.names {
            guard let count = data.counts[state] else { continue }
            append(.state(state), "\(name) (\(grouped(String(count))))")
            if state == .stable, data.hasUnknownValues { append(.unknownValue, "Stable, value unknown") }
        }
        if data.start != nil { append(.start, "Start") }
        self.entries = entries
    }

    static let names: [(state: MapPointState, name: String)] = [
        (.stable, "Stable"), (.unstable, "Unstable"), (.error, "Error"), (.other, "Not run yet"),
    ]

    /// The distance of the text from the left edge of the entry.
    static var textOffset: Double { swatchWidth + swatchGap }
}
