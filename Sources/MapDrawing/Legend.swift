/// What stands between the heading and the plot: what the marks mean, and how many there are.
struct Legend {
    /// What an entry explains.
    enum Kind: Equatable {
        case verdict(MapVerdict)
        case unknownValue
        case start
    }

    struct Entry {
        let kind: Kind
        let text: RichText
        /// From the left edge of its first row's beginning.
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
        for (verdict, name) in Self.names {
            guard let count = data.counts[verdict] else { continue }
            append(.verdict(verdict), "\(name) (\(grouped(String(count))))")
            if verdict == .stable, data.hasUnknownValues { append(.unknownValue, "Stable, value unknown") }
        }
        if data.start != nil { append(.start, "Start") }
        self.entries = entries
    }

    static let names: [(verdict: MapVerdict, name: String)] = [
        (.stable, "Stable"), (.unstable, "Unstable"), (.error, "Error"), (.other, "Not run yet"),
    ]

    /// Where the text of an entry begins, from its left edge.
    static var textOffset: Double { swatchWidth + swatchGap }
}
