internal import CCairo
internal import Glibc

/// Renders drawings as SVG and PNG.
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
                description: "cannot draw a PNG of scale \(scale); it must be 1 to 32767 pixels wide and high")
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

/// Collects Cairo's output.
private final class ByteSink {
    var bytes: [UInt8] = []

    /// Cairo's callback; its closure is an unretained `ByteSink`, which outlives the call.
    static let write: cairo_write_func_t = { closure, data, count in
        guard let closure, let data else { return CAIRO_STATUS_WRITE_ERROR }
        let sink = Unmanaged<ByteSink>.fromOpaque(closure).takeUnretainedValue()
        sink.bytes.append(contentsOf: UnsafeBufferPointer(start: data, count: Int(count)))
        return CAIRO_STATUS_SUCCESS
    }
}

/// Post-processes Cairo's SVG.
enum SVGDocument {
    /// Adds a title and a description right after the opening tag, where browsers and screen readers look for them.
    /// Removes the surface's number, which differs between two drawings of the same map.
    static func finished(_ svg: [UInt8], title: String, description: String) -> [UInt8] {
        var svg = svg
        if let group = range(from: "<g id=\"surface", to: "\">", in: svg) {
            svg.replaceSubrange(group, with: "<g>".utf8)
        }
        if let opening = range(from: "<svg", to: ">", in: svg) {
            let heading = "\n<title>\(escaped(title))</title>\n<desc>\(escaped(description))</desc>"
            svg.insert(contentsOf: heading.utf8, at: opening.upperBound)
        }
        return svg
    }

    /// The first range that begins and ends with these texts.
    private static func range(from beginning: String, to end: String, in svg: [UInt8]) -> Range<Int>? {
        guard
            let start = position(of: beginning, in: svg[...]),
            let last = position(of: end, in: svg[(start + beginning.utf8.count)...])
        else { return nil }
        return start..<(last + end.utf8.count)
    }

    private static func position(of text: String, in bytes: ArraySlice<UInt8>) -> Int? {
        let text = Array(text.utf8)
        var rest = bytes
        while let start = rest.firstIndex(of: text[0]) {
            if bytes[start...].starts(with: text) { return start }
            rest = bytes[(start + 1)...]
        }
        return nil
    }

    private static func escaped(_ text: String) -> String {
        var result = ""
        for character in text.unicodeScalars {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            // XML allows no other control characters, not even escaped.
            case "\t", "\n", "\r": result += " "
            case _ where character.value < 32 || character.value == 0xfffe || character.value == 0xffff: continue
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }
}

/// Atomic writing of files.
enum WholeFile {
    /// Writes the bytes to a temporary file and renames it, so that no reader sees a part of it.
    ///
    /// - Throws: ``MapDrawingError`` with the code `cannotWrite`.
    static func write(_ bytes: [UInt8], to path: String) throws(MapDrawingError) {
        let temporary = "\(path).\(getpid()).new"
        guard let file = fopen(temporary, "we") else { throw failure(path, errno) }
        let written = fwrite(bytes, 1, bytes.count, file)
        let problem = written == bytes.count ? 0 : errno
        // Closing flushes the buffer, so it can fail as well.
        guard fclose(file) == 0, written == bytes.count, rename(temporary, path) == 0 else {
            let error = failure(path, problem != 0 ? problem : errno)
            unlink(temporary)
            throw error
        }
    }

    private static func failure(_ path: String, _ error: Int32) -> MapDrawingError {
        MapDrawingError(
            code: .cannotWrite, description: "cannot write the map to '\(path)': \(String(cString: strerror(error)))")
    }
}

/// The reason why a map cannot be drawn.
package struct MapDrawingError: Error, CustomStringConvertible, Equatable {
    /// The kind of a ``MapDrawingError``.
    package enum Code: Sendable, Equatable {
        /// No point has a place on the axes.
        case nothingToDraw
        /// The size or the scale of the picture cannot be drawn.
        case unusableSize
        /// The picture cannot be written to its file.
        case cannotWrite
        /// The drawing library failed.
        case drawing
    }

    /// The kind of error.
    package let code: Code
    /// The error and how to correct it.
    package let description: String
}
