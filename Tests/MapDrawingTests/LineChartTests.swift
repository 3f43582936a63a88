import TestSupport
import Testing

@testable import MapDrawing

@Suite("A line chart")
struct LineChartTests {
    private func chart(_ panels: [LineChart.Panel], names: [String] = ["one", "two"]) -> LineChart {
        LineChart(title: "Sheet", names: names, panels: panels, columns: 2)
    }

    private func panel(
        _ places: [(x: Double, y: Double)], x: LineAxis.Kind = .linear, y: LineAxis.Kind = .linear
    ) -> LineChart.Panel {
        LineChart.Panel(
            title: "panel", x: LineAxis(label: "across", kind: x), y: LineAxis(label: "up", kind: y),
            lines: [LineChart.Line(name: 1, places: places)])
    }

    private func picture(_ chart: LineChart) throws -> DecodedPNG {
        let folder = try TemporaryFolder()
        try chart.writePNG(to: "\(folder.path)/chart.png")
        return try #require(DecodedPNG(png: try folder.bytes("chart.png")))
    }

    @Test("is well-formed SVG that contains every text")
    func svg_isWellFormed() throws {
        var chart = chart([panel([(0, 0), (10, 4)]), panel([(1, 0), (100, 1)], x: .logarithmic, y: .share)])
        chart.title = "a < b & \"c\""
        let text = String(decoding: try chart.svg(), as: UTF8.self)
        #expect(XML.problem(in: text) == nil)
        for part in ["<title>a &lt; b &amp;", "one, two", "panel: up against across"] {
            #expect(text.contains(part), "\(part)")
        }
    }

    @Test("draws each line at its place in the colour of its name")
    func lines_areAtTheirPlaces() throws {
        // The second colour, vermilion.
        let colour: UInt32 = 0xd55e00
        let picture = try picture(chart([panel([(0, 2), (10, 2), (10, 4)])]))
        // One row of two panels, at 1.5 times their size.
        #expect(picture.width == 1170)
        #expect(picture.height == 555)
        // The frame of the first panel: 72…374 across, 108…308 down; the line is at half of its height.
        func pixel(_ x: Double, _ y: Double) -> UInt32 { picture[Int(x * 1.5), Int(y * 1.5)] }
        for x in stride(from: 80.0, to: 370, by: 29) { #expect(pixel(x, 208) == colour, "at \(x)") }
        #expect(pixel(200, 150) == 0xffffff)
        #expect(pixel(200, 260) == 0xffffff)
    }

    @Test("leaves out points without a place on its axes and can be drawn empty")
    func pointsWithoutPlace_areLeftOut() throws {
        let strange: [(x: Double, y: Double)] = [(.nan, 1), (1, .infinity), (-1, 1), (0, 0), (1e200, 1)]
        for kind in [LineAxis.Kind.linear, .logarithmic, .share] {
            for places in [strange, [], [(0, 0)], [(1, 1)], [(1e-9, 1e-9), (2e-9, 1e-9)]] {
                let chart = chart([panel(places, x: kind == .share ? .linear : kind, y: kind)])
                #expect(XML.problem(in: String(decoding: try chart.svg(), as: UTF8.self)) == nil)
            }
        }
        #expect(XML.problem(in: String(decoding: try chart([], names: []).svg(), as: UTF8.self)) == nil)
    }

    @Test("has axes from another lowest value, if one is given")
    func lowestValue_isTheStart() {
        let axis = LineAxis(label: "", kind: .logarithmic, lowest: 1e-12)
        #expect(axis.start == -12)
        #expect(axis.scaled(1e-13) == nil)
        #expect(axis.end(for: [1e-3, 1e-13]) == -3)
        #expect(axis.ticks(to: -2).first?.position == -12)
        #expect(LineAxis(label: "", kind: .linear, lowest: 100).end(for: [90]) == 101)
        #expect(LineAxis(label: "", kind: .logarithmic, lowest: 1e-3, highest: 1).end(for: [0.1]) == 0)
    }

    @Test("has axes from zero or one that include all values")
    func axes_includeAllValues() {
        #expect(LineAxis(label: "", kind: .linear).end(for: [3, 250, 7]) == 250)
        #expect(LineAxis(label: "", kind: .linear).end(for: []) == 1)
        #expect(LineAxis(label: "", kind: .logarithmic).end(for: [10_000]) == 4)
        #expect(LineAxis(label: "", kind: .share).end(for: [0.2]) == 1)
        #expect(
            LineAxis(label: "", kind: .share).ticks(to: 1).map(\.label.plain) == [
                "0 %", "25 %", "50 %", "75 %", "100 %",
            ])
        #expect(LineAxis(label: "", kind: .linear).ticks(to: 250).map(\.position) == [0, 50, 100, 150, 200, 250])
    }
}
