internal import CCairo

extension MapChart {
    /// The map as an SVG document. Its text is drawn as shapes, so that it looks the same everywhere; the title and a
    /// description with the numbers of the legend are in it as text, too.
    ///
    /// - Throws: ``MapDrawingError``.
    package func svg() throws -> [UInt8] {
        let data = try prepared()
        let sink = ByteSink()
        let surface = cairo_svg_surface_create_for_stream(
            ByteSink.write, Unmanaged.passUnretained(sink).toOpaque(), size.width, size.height)
        defer { cairo_surface_destroy(surface) }
        cairo_svg_surface_set_document_unit(surface, CAIRO_SVG_UNIT_PX)
        try draw(data, on: surface, scale: 1)
        cairo_surface_finish(surface)
        try check(cairo_surface_status(surface))
        return SVGDocument.finished(sink.bytes, title: title, description: describe(data))
    }

    /// The map as a PNG image.
    ///
    /// - Parameter scale: How many pixels of the image make one of ``size``; 2 suits high-resolution displays.
    /// - Throws: ``MapDrawingError``.
    package func png(scale: Double = 2) throws -> [UInt8] {
        let data = try prepared()
        // Cairo's image surfaces count pixels in 16 bits.
        guard scale > 0, max(size.width, size.height) * scale <= 32_767, min(size.width, size.height) * scale >= 1
        else {
            throw MapDrawingError(
                code: .unusableSize,
                description: "a PNG of scale \(scale) is not between 1 and 32767 pixels wide and high")
        }
        let surface = cairo_image_surface_create(
            CAIRO_FORMAT_RGB24, Int32((size.width * scale).rounded()), Int32((size.height * scale).rounded()))
        defer { cairo_surface_destroy(surface) }
        try draw(data, on: surface, scale: scale)
        let sink = ByteSink()
        try check(cairo_surface_write_to_png_stream(surface, ByteSink.write, Unmanaged.passUnretained(sink).toOpaque()))
        return sink.bytes
    }

    /// Writes ``svg()`` to a file, whole or not at all.
    package func writeSVG(to path: String) throws { try WholeFile.write(svg(), to: path) }

    /// Writes ``png(scale:)`` to a file, whole or not at all.
    package func writePNG(to path: String, scale: Double = 2) throws {
        try WholeFile.write(png(scale: scale), to: path)
    }

    private func prepared() throws(MapDrawingError) -> ChartData {
        let smallest = Theme.smallestSize
        guard size.width >= smallest.width, size.height >= smallest.height, max(size.width, size.height) <= 32_767
        else {
            throw MapDrawingError(
                code: .unusableSize,
                description: "a map of \(size.width) × \(size.height) pixels cannot be drawn; "
                    + "it takes at least \(smallest.width) × \(smallest.height), and at most 32767 each way")
        }
        return try ChartData(self)
    }

    private func draw(_ data: ChartData, on surface: OpaquePointer?, scale: Double) throws {
        try check(cairo_surface_status(surface))
        let cairo = cairo_create(surface)
        defer { cairo_destroy(cairo) }
        guard let cairo else {
            throw MapDrawingError(code: .drawing, description: "Cairo gave no context to draw with")
        }
        cairo_scale(cairo, scale, scale)
        ChartPainter(self, data, on: Canvas(cairo)).draw()
        try check(cairo_status(cairo))
    }

    private func check(_ status: cairo_status_t) throws {
        guard status == CAIRO_STATUS_SUCCESS else {
            throw MapDrawingError(
                code: .drawing,
                description: "Cairo cannot draw the map: \(String(cString: cairo_status_to_string(status)))")
        }
    }

    /// The map in a sentence, for readers who cannot see it.
    private func describe(_ data: ChartData) -> String {
        let counts = Legend.names.compactMap { verdict, name in data.counts[verdict].map { "\(name): \($0)" } }
        let colour = self.colour.map { "; the colour is \($0.label) [\($0.unit)]" } ?? ""
        return "\(y.label) [\(y.unit)] against \(x.label) [\(x.unit)]\(colour). \(counts.joined(separator: ", "))."
    }
}

/// Collects what Cairo writes.
private final class ByteSink {
    var bytes: [UInt8] = []

    /// Cairo's callback; its closure is an unretained `ByteSink`, which outlives the call that was given it.
    static let write: cairo_write_func_t = { closure, data, count in
        guard let closure, let data else { return CAIRO_STATUS_WRITE_ERROR }
        let sink = Unmanaged<ByteSink>.fromOpaque(closure).takeUnretainedValue()
        sink.bytes.append(contentsOf: UnsafeBufferPointer(start: data, count: Int(count)))
        return CAIRO_STATUS_SUCCESS
    }
}
