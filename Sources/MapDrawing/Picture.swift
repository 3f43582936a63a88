internal import CCairo

/// Makes documents of what draws itself on a canvas.
enum Picture {
    /// - Throws: ``MapDrawingError``.
    static func svg(_ size: MapSize, title: String, description: String, draw: (Canvas) -> Void) throws -> [UInt8] {
        let sink = ByteSink()
        let surface = cairo_svg_surface_create_for_stream(
            ByteSink.write, Unmanaged.passUnretained(sink).toOpaque(), size.width, size.height)
        defer { cairo_surface_destroy(surface) }
        cairo_svg_surface_set_document_unit(surface, CAIRO_SVG_UNIT_PX)
        try paint(surface, scale: 1, draw)
        cairo_surface_finish(surface)
        try check(cairo_surface_status(surface))
        return SVGDocument.finished(sink.bytes, title: title, description: description)
    }

    /// - Throws: ``MapDrawingError``.
    static func png(_ size: MapSize, scale: Double, draw: (Canvas) -> Void) throws -> [UInt8] {
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
        try paint(surface, scale: scale, draw)
        let sink = ByteSink()
        try check(cairo_surface_write_to_png_stream(surface, ByteSink.write, Unmanaged.passUnretained(sink).toOpaque()))
        return sink.bytes
    }

    private static func paint(_ surface: OpaquePointer?, scale: Double, _ draw: (Canvas) -> Void) throws {
        try check(cairo_surface_status(surface))
        let cairo = cairo_create(surface)
        defer { cairo_destroy(cairo) }
        guard let cairo else {
            throw MapDrawingError(code: .drawing, description: "Cairo gave no context to draw with")
        }
        cairo_scale(cairo, scale, scale)
        draw(Canvas(cairo))
        try check(cairo_status(cairo))
    }

    private static func check(_ status: cairo_status_t) throws {
        guard status == CAIRO_STATUS_SUCCESS else {
            throw MapDrawingError(
                code: .drawing,
                description: "Cairo cannot draw the map: \(String(cString: cairo_status_to_string(status)))")
        }
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
