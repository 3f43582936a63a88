internal import TestSupport
import Testing

@testable internal import MapDrawing

@Suite("A map", .onDedicatedThread)
struct DrawingTests {
    private func text(_ chart: MapChart) throws -> String { String(decoding: try chart.svg(), as: UTF8.self) }

    @Test("is well-formed SVG with a description")
    func svg_isWellFormedAndDescribed() throws {
        let svg = try text(ChartFixture.habitableZone(columns: 30, rows: 20))
        #expect(XML.problem(in: svg) == nil)
        #expect(svg.contains("width=\"960"))
        #expect(svg.contains("<title>Stable atmospheres: habitable-zone</title>"))
        for part in ["Insolation [Earth = 1]", "CO2 [mixing ratio]", "Surface temperature [K]"] {
            #expect(svg.contains(part), "\(part)")
        }
        let chart = ChartFixture.habitableZone(columns: 30, rows: 20)
        #expect(svg.contains("Stable: \(chart.points.count { $0.state == .stable })"))
        #expect(svg.contains("Unstable: \(chart.points.count { $0.state == .unstable })"))
    }

    @Test("is well-formed with special characters in its texts")
    func specialCharacters_areEscaped() throws {
        var chart = ChartFixture.habitableZone(columns: 5, rows: 5)
        chart.title = "a < b & \"c\" > 'd' \u{1} \u{0} ☃ 水"
        chart.x.label = "</desc><script>"
        #expect(XML.problem(in: try text(chart)) == nil)
    }

    @Test("is a PNG of the requested size", arguments: [0.5, 1, 2])
    func png_hasTheRequestedSize(scale: Double) throws {
        let png = try ChartFixture.habitableZone(columns: 20, rows: 12).png(scale: scale)
        #expect(png.prefix(8) == [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
        let picture = try #require(DecodedPNG(png: png))
        #expect(picture.width == Int(960 * scale))
        #expect(picture.height == Int(640 * scale))
        #expect(picture[0, 0] == 0xffffff)
    }

    @Test(
        "shows every stable point at its place in the colour of its value", arguments: [(46, 25), (9, 6), (110, 110)])
    func stablePoints_haveTheirColours(columns: Int, rows: Int) throws {
        var chart = ChartFixture.habitableZone(columns: columns, rows: rows)
        chart.start = nil
        let picture = try #require(DecodedPNG(png: try chart.png(scale: 2)))
        let wrong = try withPainter(of: chart) { painter in
            painter.data.marks.filter { mark in
                let (x, y) = painter.frame.centre(mark)
                let shown = picture[Int(2 * x), Int(2 * y)]
                return switch mark.state {
                // Cairo rounds colours to 8 bits differently.
                case .stable: !Self.nearlySame(shown, mark.colour.map { ColourMap.colours[$0].code } ?? 0, within: 2)
                case .unstable where painter.style.symbolSize != nil:
                    !Self.nearlySame(shown, Theme.unstable.code, within: 40)
                default: false
                }
            }
        }
        #expect(wrong == [])
    }

    private static func nearlySame(_ left: UInt32, _ right: UInt32, within tolerance: Int) -> Bool {
        [0, 8, 16].allSatisfy { abs(Int(left >> $0 & 255) - Int(right >> $0 & 255)) <= tolerance }
    }

    @Test("is deterministic and does not depend on the order of its points")
    func drawing_isDeterministic() throws {
        var chart = ChartFixture.habitableZone(columns: 30, rows: 20)
        chart.points.append(MapPoint(x: 1, y: 1e-3, state: .error))
        let (svg, png) = (try chart.svg(), try chart.png(scale: 1))
        for _ in 0..<3 {
            chart.points.shuffle()
            #expect(try chart.svg() == svg)
            #expect(try chart.png(scale: 1) == png)
        }
    }

    @Test("shows the best of several points at one place and counts them all")
    func sharedPlace_showsTheBestPoint() throws {
        let points: [MapPoint] = [
            MapPoint(x: 1, y: 1, state: .stable, value: 280), MapPoint(x: 1, y: 1, state: .stable, value: 300),
            MapPoint(x: 1, y: 1, state: .stable, value: .nan), MapPoint(x: 1, y: 1, state: .unstable),
            MapPoint(x: 2, y: 1, state: .unstable), MapPoint(x: 2, y: 1, state: .error),
            MapPoint(x: 2, y: 1, state: .other),
        ]
        for points in [points, points.reversed()] {
            let data = try ChartData(ChartFixture.plain(points))
            #expect(
                data.marks == [
                    .init(column: 1, row: 0, state: .unstable, colour: nil),
                    .init(column: 0, row: 0, state: .stable, colour: 255),
                ])
            #expect(data.counts == [.stable: 3, .unstable: 2, .error: 1, .other: 1])
        }
        var chart = ChartFixture.plain(points)
        chart.counts = [.stable: 12_345, .error: 0]
        #expect(try text(chart).contains("Stable: 12345."))
    }

    @Test("leaves out points without a place on its axes and shows their number")
    func pointsWithoutPlace_areCounted() throws {
        let points = [0, -1, 1e-3, 1e-2, .nan].map { MapPoint(x: 1, y: $0, state: .stable, value: 288) }
        let chart = ChartFixture.plain(points, y: .logarithmic)
        #expect(try ChartData(chart).leftOut == 3)
        try withPainter(of: chart) { painter in
            #expect(
                painter.layout.footnote.lines.map(\.plain) == [
                    "3 points have no place on these axes and cannot be shown."
                ])
        }
        #expect(XML.problem(in: try text(chart)) == nil)
    }

    @Test("is rejected without drawable points", arguments: [[], [0, -1], [.nan, .infinity]] as [[Double]])
    func noDrawablePoints_isAnError(values: [Double]) throws {
        let points = values.map { MapPoint(x: 1, y: $0, state: .stable) }
        let error = #expect(throws: MapDrawingError.self) { try ChartFixture.plain(points, y: .logarithmic).svg() }
        #expect(error?.code == .nothingToDraw)
    }

    @Test("is rejected in sizes that cannot be drawn")
    func unusableSize_isAnError() throws {
        var chart = ChartFixture.plain([MapPoint(x: 1, y: 1, state: .stable)])
        for size in [
            MapSize(width: 100, height: 640), MapSize(width: .nan, height: 640), MapSize(width: 960, height: 1e9),
        ] {
            chart.size = size
            #expect(throws: MapDrawingError.self) { try chart.svg() }
        }
        chart.size = MapSize()
        for scale in [0, -1, 1000, .nan] {
            let error = #expect(throws: MapDrawingError.self) { try chart.png(scale: scale) }
            #expect(error?.code == .unusableSize)
        }
    }

    @Test("can be drawn with any numbers")
    func anyNumbers_canBeDrawn() throws {
        var numbers = SystemRandomNumberGenerator()
        for round in 0..<60 {
            let points = (0..<Int.random(in: 1...30, using: &numbers)).map { _ in
                // Any bit pattern, or a special value.
                func number() -> Double {
                    [
                        Double(bitPattern: numbers.next()), 0, .leastNonzeroMagnitude, .greatestFiniteMagnitude, 1,
                        (1.0).nextUp, -1, 1e150, 1e-150, Double.random(in: 0...1, using: &numbers),
                    ].randomElement(using: &numbers)!
                }
                return MapPoint(
                    x: number(), y: number(), state: MapPointState.allCases.randomElement(using: &numbers)!,
                    value: number())
            }
            var chart = ChartFixture.plain(
                points, x: round % 2 == 0 ? .linear : .logarithmic, y: round % 3 == 0 ? .logarithmic : .linear)
            chart.start = points.randomElement(using: &numbers)?.position
            do {
                #expect(XML.problem(in: try text(chart)) == nil, "\(points)")
            } catch let error as MapDrawingError {
                #expect(error.code == .nothingToDraw, "\(points)")
            }
        }
    }

    @Test("of a hundred thousand points at random places is drawn")
    func manyPoints_areDrawn() throws {
        var numbers = SystemRandomNumberGenerator()
        let points = (0..<100_000).map { _ in
            MapPoint(
                x: Double.random(in: 0...1, using: &numbers), y: Double.random(in: 0...1, using: &numbers),
                state: Bool.random(using: &numbers) ? .stable : .unstable, value: 288)
        }
        #expect(DecodedPNG(png: try ChartFixture.plain(points).png(scale: 1)) != nil)
    }

    @Test("is written atomically, also over an existing file")
    func writing_isAtomic() throws {
        let folder = try TemporaryFolder()
        let chart = ChartFixture.habitableZone(columns: 20, rows: 12)
        try folder.write("old", to: "map.svg")
        try chart.writeSVG(to: "\(folder.path)/map.svg")
        try chart.writePNG(to: "\(folder.path)/map.png")
        #expect(try folder.bytes("map.svg") == chart.svg())
        #expect(try folder.names() == ["map.png", "map.svg"])
        let error = #expect(throws: MapDrawingError.self) { try chart.writePNG(to: "\(folder.path)/none/map.png") }
        #expect(error?.code == .cannotWrite)
        #expect(error.map { "\($0)".contains("none/map.png': No such file or directory") } == true)
    }
}
