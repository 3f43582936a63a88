internal import Testing

@testable internal import MapDrawing

@Suite("The layout of a map")
struct LayoutTests {
    /// Charts that are difficult to lay out.
    private static var charts: [MapChart] {
        var long = ChartFixture.habitableZone(columns: 30, rows: 20)
        let words = String(repeating: "a very long label about CO2 and CH4 ", count: 20)
        (long.title, long.subtitle, long.x.label, long.y.label) = (words, words, words, words)
        long.colour?.label = words
        long.points += MapPointState.allCases.map { MapPoint(x: 0.7, y: Double($0.rawValue + 1) * 1e-3, state: $0) }
        long.points.append(MapPoint(x: 0, y: 0, state: .other))
        long.counts = Dictionary(uniqueKeysWithValues: MapPointState.allCases.map { ($0, 123_456_789) })
        var unbroken = long
        unbroken.title = String(repeating: "W", count: 300)
        unbroken.y.label = unbroken.title
        let tiny = ChartFixture.plain([MapPoint(x: 1.63e-6, y: 4e-4, state: .stable, value: 288.2)])
        let charts = [ChartFixture.habitableZone(columns: 46, rows: 25), long, unbroken, tiny]
        return charts
            + charts.map { chart in
                var small = chart
                small.size = Theme.smallestSize
                return small
            }
    }

    @Test("has room for the plot, without overlaps and within the page", arguments: charts)
    func layout_hasNoOverlaps(chart: MapChart) throws {
        try withPainter(of: chart) { painter in
            let (layout, canvas) = (painter.layout, painter.canvas)
            let plot = layout.plot
            #expect(plot.width > 120, "\(plot)")
            #expect(plot.height > 60, "\(plot)")
            #expect(plot.left > 0)
            #expect(plot.right <= chart.size.width - 20)
            #expect(layout.legendTop >= layout.title.height + layout.subtitle.height)
            #expect(plot.top >= layout.legendTop + layout.legend.height)

            for block in [layout.title, layout.subtitle, layout.xLabel, layout.footnote] {
                #expect(block.width <= chart.size.width - 2 * Theme.margin)
            }
            #expect(layout.yLabel.width <= plot.height)
            #expect(layout.barLabel.width <= plot.height)
            for entry in layout.legend.entries {
                let right = entry.left + Legend.textOffset + canvas.width(entry.text, Theme.legend)
                #expect(right <= chart.size.width - 2 * Theme.margin)
            }

            let xEnds = layout.xTicks.compactMap { tick in
                tick.label.map { (painter.frame.x(tick.position), canvas.width($0, Theme.tick) / 2) }
            }.sorted { $0.0 < $1.0 }
            #expect(zip(xEnds, xEnds.dropFirst()).allSatisfy { $0.0 + $0.1 < $1.0 - $1.1 })
            let yPlaces = layout.yTicks.filter { $0.label != nil }.map { painter.frame.y($0.position) }.sorted()
            #expect(zip(yPlaces, yPlaces.dropFirst()).allSatisfy { $1 - $0 > Theme.tick.size })

            if let bar = layout.bar {
                #expect(bar.left > plot.right)
                let widest = layout.barTicks.compactMap { $0.label.map { canvas.width($0, Theme.tick) } }.max() ?? 0
                let labelLeft = chart.size.width - Theme.margin - layout.barLabel.height
                #expect(bar.right + Theme.tickLength + Theme.tickGap + widest <= labelLeft)
            }
        }
    }

    @Test("shows a grid as cells, and few or scattered points as separate marks")
    func style_dependsOnTheArrangement() throws {
        func shape(_ chart: MapChart) throws -> MarkStyle.Shape { try withPainter(of: chart) { $0.style.shape } }
        #expect(try shape(ChartFixture.habitableZone(columns: 46, rows: 25)) == .cells)
        #expect(try shape(ChartFixture.habitableZone(columns: 300, rows: 300)) == .cells)
        #expect(try shape(ChartFixture.habitableZone(columns: 6, rows: 5)) == .marks(diameter: 20))
        let scattered = (0..<400).map { MapPoint(x: Double($0), y: Double($0 * 173 % 401), state: .stable) }
        guard case .marks = try shape(ChartFixture.plain(scattered)) else {
            Issue.record("cells for scattered points")
            return
        }
    }

    @Test("gives an off-grid point a cell without gaps in the neighbouring rows")
    func offGridPoint_leavesNoGaps() throws {
        var chart = ChartFixture.habitableZone(columns: 30, rows: 20, everywhere: true)
        let count = chart.points.count
        chart.points.append(MapPoint(x: 0.7123, y: 1.3e-3, state: .stable, value: 250))
        try withPainter(of: chart) { painter in
            let cells = try #require(painter.cells).cells
            #expect(cells.count == count + 1)
            let usual = cells.count { abs($0.width - painter.frame.plot.width / 30) < 3 }
            #expect(usual > count - 3)
        }
    }
}
