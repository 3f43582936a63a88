internal import CCairo
internal import Glibc
internal import Testing

@testable internal import MapDrawing

/// Charts as explorations produce them.
enum ChartFixture {
    /// A band of stable climates between a runaway edge and a collapse edge; as in an exploration, the points end a step
    /// or two outside the band.
    static func habitableZone(columns: Int, rows: Int, everywhere: Bool = false) -> MapChart {
        var points: [MapPoint] = []
        for column in 0..<columns {
            for row in 0..<rows {
                let insolation = 0.3 + 0.9 * Double(column) / Double(columns - 1)
                let decades = -6 + 5.95 * Double(row) / Double(rows - 1)
                let temperature = 288 + 95 * (insolation - 1) + 8.5 * (decades + 3.4) + 3 * sin(4 * decades)
                let stable = temperature > 220 && temperature < 322
                if !everywhere, temperature < 213 || temperature > 327 { continue }
                points.append(
                    MapPoint(
                        x: insolation, y: pow(10, decades), state: stable ? .stable : .unstable,
                        value: stable ? temperature : nil))
            }
        }
        return MapChart(
            title: "Stable atmospheres: habitable-zone",
            subtitle: "O2 0.21, CH4 1.63e-6, H2O 0.0123, H2 8.13e-8, N2 fills up to 1",
            x: MapAxis(label: "Insolation", unit: "Earth = 1"),
            y: MapAxis(label: "CO2", unit: "mixing ratio", scale: .logarithmic),
            colour: MapColourScale(label: "Surface temperature", unit: "K"),
            points: points, start: MapPosition(x: 1, y: 4e-4))
    }

    /// A minimal chart of these points.
    static func plain(_ points: [MapPoint], x: MapAxis.Scale = .linear, y: MapAxis.Scale = .linear) -> MapChart {
        MapChart(
            title: "Map", x: MapAxis(label: "CH4", unit: "mixing ratio", scale: x),
            y: MapAxis(label: "CO2", unit: "mixing ratio", scale: y),
            colour: MapColourScale(label: "Surface temperature", unit: "K"), points: points)
    }
}

/// A PNG, decoded by Cairo.
struct DecodedPNG {
    let width: Int
    let height: Int
    private let pixels: [UInt32]

    /// `nil` if the bytes are not a PNG.
    init?(png: [UInt8]) {
        var rest = png[...]
        let surface = withUnsafeMutablePointer(to: &rest) { rest in
            cairo_image_surface_create_from_png_stream(
                { closure, into, count in
                    let rest = closure!.assumingMemoryBound(to: ArraySlice<UInt8>.self)
                    guard rest.pointee.count >= Int(count) else { return CAIRO_STATUS_READ_ERROR }
                    for offset in 0..<Int(count) { into![offset] = rest.pointee.removeFirst() }
                    return CAIRO_STATUS_SUCCESS
                }, rest)
        }
        defer { cairo_surface_destroy(surface) }
        guard cairo_surface_status(surface) == CAIRO_STATUS_SUCCESS, let data = cairo_image_surface_get_data(surface)
        else { return nil }
        width = Int(cairo_image_surface_get_width(surface))
        height = Int(cairo_image_surface_get_height(surface))
        let stride = Int(cairo_image_surface_get_stride(surface)) / 4
        let (width, height) = (width, height)
        pixels = data.withMemoryRebound(to: UInt32.self, capacity: stride * height) { words in
            (0..<height).flatMap { row in (0..<width).map { words[row * stride + $0] & 0xffffff } }
        }
    }

    /// The colour of a pixel, as 0xRRGGBB.
    subscript(x: Int, y: Int) -> UInt32 { pixels[y * width + x] }

    func count(of colour: UInt32) -> Int { pixels.count { $0 == colour } }
}

extension Colour {
    /// As 0xRRGGBB.
    var code: UInt32 {
        [red, green, blue].reduce(0) { $0 << 8 | UInt32(($1 * 255).rounded()) }
    }
}

/// Calls `body` with the painter of a chart, which has a layout but has not drawn anything.
func withPainter<Result>(of chart: MapChart, _ body: (ChartPainter) throws -> Result) throws -> Result {
    let surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, 8, 8)
    let cairo = cairo_create(surface)!
    defer {
        cairo_destroy(cairo)
        cairo_surface_destroy(surface)
    }
    return try body(ChartPainter(chart, ChartData(chart), on: Canvas(cairo)))
}

/// A minimal check for well-formed XML: elements are closed in the right order, attributes are in quotes, and there is no
/// stray markup.
enum XML {
    /// The first error in a document; `nil` if it is well-formed.
    static func problem(in document: String) -> String? {
        var open: [Substring] = []
        var rest = document[...]
        while let bracket = rest.firstIndex(where: { $0 == "<" || $0 == ">" }) {
            if let problem = entityProblem(rest[..<bracket]) { return problem }
            guard rest[bracket] == "<", let end = rest[bracket...].firstIndex(of: ">") else { return "stray bracket" }
            let tag = rest[rest.index(after: bracket)..<end]
            rest = rest[rest.index(after: end)...]
            if tag.hasPrefix("?") { continue }
            if tag.hasPrefix("/") {
                guard open.popLast() == tag.dropFirst() else { return "</\(tag.dropFirst())> closes another element" }
                continue
            }
            guard tag.count(where: { $0 == "\"" }) % 2 == 0, !tag.contains("<") else { return "broken tag \(tag)" }
            if !tag.hasSuffix("/") { open.append(tag.prefix { !$0.isWhitespace }) }
        }
        if document.unicodeScalars.contains(where: { $0.value < 32 && $0 != "\n" && $0 != "\t" }) {
            return "control character"
        }
        return open.isEmpty ? nil : "\(open) not closed"
    }

    private static func entityProblem(_ text: Substring) -> String? {
        for piece in text.split(separator: "&", omittingEmptySubsequences: false).dropFirst()
        where !["amp;", "lt;", "gt;", "quot;", "apos;"].contains(where: piece.hasPrefix) {
            return "stray & before \(piece.prefix(10))"
        }
        return nil
    }
}

extension MapChart: CustomTestStringConvertible {
    /// The size and the beginning of the title, instead of all points.
    package var testDescription: String { "\(size.width) × \(size.height), \(title.prefix(20))" }
}
