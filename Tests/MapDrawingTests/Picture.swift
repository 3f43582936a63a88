internal import CCairo

@testable internal import MapDrawing

/// A PNG, decoded by Cairo.
struct Picture {
    let width: Int
    let height: Int
    private let pixels: [UInt32]

    /// - Returns: Nil when the bytes are no PNG.
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

    /// The colour at a place, as 0xRRGGBB.
    subscript(x: Int, y: Int) -> UInt32 { pixels[y * width + x] }

    func count(of colour: UInt32) -> Int { pixels.count { $0 == colour } }
}

extension Colour {
    /// As 0xRRGGBB.
    var code: UInt32 {
        [red, green, blue].reduce(0) { $0 << 8 | UInt32(($1 * 255).rounded()) }
    }
}

/// Lays a chart out and hands its painter over, which has drawn nothing.
func withPainter<Result>(of chart: MapChart, _ body: (ChartPainter) throws -> Result) throws -> Result {
    let surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, 8, 8)
    let cairo = cairo_create(surface)!
    defer {
        cairo_destroy(cairo)
        cairo_surface_destroy(surface)
    }
    return try body(ChartPainter(chart, ChartData(chart), on: Canvas(cairo)))
}
