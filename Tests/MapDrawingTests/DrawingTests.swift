internal import FoundationEssentials
internal import TestSupport
import Testing

@testable internal import MapDrawing

@Suite("A map", .onDedicatedThread)
struct DrawingTests {
    private func text(_ chart: MapChart) throws -> String { String(decoding: try chart.svg(), as: UTF8.self) }

    @Test("is well-formed SVG that says what it shows")
    func svg() throws {
        let svg = try text(Samples.habitableZone(columns: 30, rows: 20))
        #expect(XML.problem(in: svg) == nil)
        #expect(svg.contains("width=\"960"))
        #expect(svg.contains("<title>Stable atmospheres: habitable-zone</title>"))
        for part in ["Insolation [Earth = 1]", "CO2 [mixing ratio]", "Surface temperature [K]"] {
            #expect(svg.contains(part), "\(part)")
        }
        let chart = Samples.habitableZone(columns: 30, rows: 20)
        #expect(svg.contains("Stable: \(chart.points.count { $0.state == .stable })"))
        #expect(svg.contains("Unstable: \(chart.points.count { $0.state == .unstable })"))
    }

    @Test("stays well-formed whatever its texts contain")
    func escaping() throws {
        var chart = Samples.habitableZone(columns: 5, rows: 5)
        chart.title = "a < b & \"c\" > 'd' \u{1} \u{0} ☃ 水"
        chart.x.label = "</desc><script>"
        #expect(XML.problem(in: try text(chart)) == nil)
    }

    @Test("is a PNG of the size that was asked for", arguments: [0.5, 1, 2])
    func png(scale: Double) throws {
        let png = try Samples.habitableZone(columns: 20, rows: 12).png(scale: scale)
        #expect(png.prefix(8) == [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
        let picture = try #require(Picture(png: png))
        #expect(picture.width == Int(960 * scale))
        #expect(picture.height == Int(640 * scale))
        #expect(picture[0, 0] == 0xffffff)
    }

    @Test(
        "shows every stable point in the colour of its value, at its place", arguments: [(46, 25), (9, 6), (110, 110)])
    func colours(columns: Int, rows: Int) throws {
        var chart = Samples.habitableZone(columns: columns, rows: rows)
        chart.start = nil
        let picture = try #require(Picture(png: try chart.png(scale: 2)))
        let wrong = try withPainter(of: chart) { painter in
            painter.data.marks.filter { mark in
                let (x, y) = painter.frame.centre(mark)
                let shown = picture[Int(2 * x), Int(2 * y)]
                return switch mark.state {
                // Cairo rounds colours to 8 bits in its own way.
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

    @Test("does not depend on the order of its points, and is the same every time")
    func deterministic() throws {
        var chart = Samples.habitableZone(columns: 30, rows: 20)
        chart.points.append(MapPoint(x: 1, y: 1e-3, state: .error))
        let (svg, png) = (try chart.svg(), try chart.png(scale: 1))
        for _ in 0..<3 {
            chart.points.shuffle()
            #expect(try chart.svg() == svg)
            #expect(try chart.png(scale: 1) == png)
        }
    }

    @Test("shows the best of several points at one place, and counts them all")
    func projected() throws {
        let points: [MapPoint] = [
            MapPoint(x: 1, y: 1, state: .stable, value: 280), MapPoint(x: 1, y: 1, state: .stable, value: 300),
            MapPoint(x: 1, y: 1, state: .stable, value: .nan), MapPoint(x: 1, y: 1, state: .unstable),
            MapPoint(x: 2, y: 1, state: .unstable), MapPoint(x: 2, y: 1, state: .error),
            MapPoint(x: 2, y: 1, state: .other),
        ]
        for points in [points, points.reversed()] {
            let data = try ChartData(Samples.plain(points))
            #expect(
                data.marks == [
                    .init(column: 1, row: 0, state: .unstable, colour: nil),
                    .init(column: 0, row: 0, state: .stable, colour: 255),
                ])
            #expect(data.counts == [.stable: 3, .unstable: 2, .error: 1, .other: 1])
        }
        var chart = Samples.plain(points)
        chart.counts = [.stable: 12_345, .error: 0]
        #expect(try text(chart).contains("Stable: 12345."))
    }

    @Test("leaves out what has no place on its axes, and says how much that is")
    func leftOut() throws {
        let points = [0, -1, 1e-3, 1e-2, .nan].map { MapPoint(x: 1, y: $0, state: .stable, value: 288) }
        let chart = Samples.plain(points, y: .logarithmic)
        #expect(try ChartData(chart).leftOut == 3)
        try withPainter(of: chart) { painter in
            #expect(
                painter.layout.footnote.lines.map(\.plain) == [
                    "3 points have no place on these axes and cannot be shown."
                ])
        }
        #expect(XML.problem(in: try text(chart)) == nil)
    }

    @Test("is refused when there is nothing to draw", arguments: [[], [0, -1], [.nan, .infinity]] as [[Double]])
    func nothing(values: [Double]) throws {
        let points = values.map { MapPoint(x: 1, y: $0, state: .stable) }
        let error = #expect(throws: MapDrawingError.self) { try Samples.plain(points, y: .logarithmic).svg() }
        #expect(error?.code == .nothingToDraw)
    }

    @Test("is refused in sizes that cannot be drawn")
    func sizes() throws {
        var chart = Samples.plain([MapPoint(x: 1, y: 1, state: .stable)])
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

    @Test("can be drawn whatever its numbers are")
    func anyNumbers() throws {
        var numbers = SystemRandomNumberGenerator()
        for round in 0..<60 {
            let points = (0..<Int.random(in: 1...30, using: &numbers)).map { _ in
                // Any Double at all, or one of the awkward ones.
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
            var chart = Samples.plain(
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
    func manyPoints() throws {
        var numbers = SystemRandomNumberGenerator()
        let points = (0..<100_000).map { _ in
            MapPoint(
                x: Double.random(in: 0...1, using: &numbers), y: Double.random(in: 0...1, using: &numbers),
                state: Bool.random(using: &numbers) ? .stable : .unstable, value: 288)
        }
        #expect(Picture(png: try Samples.plain(points).png(scale: 1)) != nil)
    }

    @Test("is written whole, in the place of the one before, or not at all")
    func files() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "maps-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: folder) }
        let chart = Samples.habitableZone(columns: 20, rows: 12)
        let file = folder.appending(path: "map.svg").path
        try Data("old".utf8).write(to: URL(filePath: file))
        try chart.writeSVG(to: file)
        try chart.writePNG(to: folder.appending(path: "map.png").path)
        #expect(try Data(contentsOf: URL(filePath: file)) == Data(chart.svg()))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["map.png", "map.svg"])
        let error = #expect(throws: MapDrawingError.self) { try chart.writePNG(to: "\(folder.path)/none/map.png") }
        #expect(error?.code == .cannotWrite)
        #expect(error.map { "\($0)".contains("none/map.png: No such file or directory") } == true)
    }
}
