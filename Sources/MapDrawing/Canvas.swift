internal import CCairo

/// A rectangle in pixels; y grows downwards.
struct Rectangle: Equatable {
    var left: Double
    var top: Double
    var right: Double
    var bottom: Double

    var width: Double { right - left }
    var height: Double { bottom - top }
    /// Returns a rectangle that is smaller by this distance at every edge, but never inverted.
    func inset(_ distance: Double) -> Rectangle {
        let (x, y) = (min(distance, width / 4), min(distance, height / 4))
        return Rectangle(left: left + x, top: top + y, right: right - x, bottom: bottom - y)
    }

    var centre: (x: Double, y: Double) { ((left + right) / 2, (top + bottom) / 2) }
}

/// A wrapper around Cairo: shapes and text on any surface.
struct Canvas {
    /// The part of a line of text that is placed at the given position.
    enum Anchor {
        case start, middle, end
    }

    private let cairo: OpaquePointer

    /// Draws on a Cairo context, which the caller owns.
    init(_ cairo: OpaquePointer) {
        self.cairo = cairo
        // Without hinting, text has the same width on every surface and at every scale, so that one layout fits all.
        let options = cairo_font_options_create()
        cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE)
        cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF)
        cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY)
        cairo_set_font_options(cairo, options)
        cairo_font_options_destroy(options)
        cairo_set_line_cap(cairo, CAIRO_LINE_CAP_BUTT)
        cairo_set_line_join(cairo, CAIRO_LINE_JOIN_MITER)
    }

    // MARK: Paths

    func rectangle(_ area: Rectangle) { cairo_rectangle(cairo, area.left, area.top, area.width, area.height) }

    func circle(_ x: Double, _ y: Double, radius: Double) {
        cairo_new_sub_path(cairo)
        cairo_arc(cairo, x, y, radius, 0, 2 * .pi)
    }

    func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double) {
        cairo_move_to(cairo, x1, y1)
        cairo_line_to(cairo, x2, y2)
    }

    func polygon(_ corners: [(x: Double, y: Double)]) {
        for (number, corner) in corners.enumerated() {
            if number == 0 {
                cairo_move_to(cairo, corner.x, corner.y)
            } else {
                cairo_line_to(cairo, corner.x, corner.y)
            }
        }
        cairo_close_path(cairo)
    }

    // MARK: Painting what the path holds

    func fill(_ colour: Colour, keepingPath: Bool = false) {
        use(colour)
        if keepingPath { cairo_fill_preserve(cairo) } else { cairo_fill(cairo) }
    }

    func stroke(_ colour: Colour, width: Double) {
        use(colour)
        cairo_set_line_width(cairo, width)
        cairo_stroke(cairo)
    }

    /// Fills the path with a gradient from one height to another.
    func fillUpwards(_ colours: [Colour], from bottom: Double, to top: Double) {
        gradient(colours, cairo_pattern_create_linear(0, bottom, 0, top))
    }

    /// Fills the path with a gradient from left to right.
    func fillRightwards(_ colours: [Colour], from left: Double, to right: Double) {
        gradient(colours, cairo_pattern_create_linear(left, 0, right, 0))
    }

    private func gradient(_ colours: [Colour], _ pattern: OpaquePointer?) {
        for (number, colour) in colours.enumerated() {
            let offset = Double(number) / Double(colours.count - 1)
            cairo_pattern_add_color_stop_rgb(pattern, offset, colour.red, colour.green, colour.blue)
        }
        cairo_set_source(cairo, pattern)
        cairo_fill(cairo)
        cairo_pattern_destroy(pattern)
    }

    /// Clips the drawing of `body` to the path.
    func clipped(_ body: () -> Void) {
        cairo_save(cairo)
        cairo_clip(cairo)
        body()
        cairo_restore(cairo)
    }

    /// Fills adjacent shapes without gaps between them: each extends slightly over its edge, since SVG viewers blend
    /// the two halves of a pixel on an edge.
    func fillSeamlessly(_ colour: Colour) {
        crisply {
            fill(colour, keepingPath: true)
            stroke(colour, width: 0.5)
        }
    }

    /// Draws without antialiasing.
    func crisply(_ body: () -> Void) {
        cairo_save(cairo)
        cairo_set_antialias(cairo, CAIRO_ANTIALIAS_NONE)
        body()
        cairo_restore(cairo)
    }

    // MARK: Text

    /// Returns the width of a line of text.
    func width(_ text: RichText, _ font: Font) -> Double {
        text.runs.reduce(0) { $0 + width($1, font) }
    }

    /// Draws a line of text with its baseline at (x, y).
    func draw(_ text: RichText, _ font: Font, x: Double, y: Double, anchor: Anchor, colour: Colour) {
        let width = width(text, font)
        var x =
            switch anchor {
            case .start: x
            case .middle: x - width / 2
            case .end: x - width
            }
        use(colour)
        for run in text.runs {
            select(font, run.level)
            let shift =
                switch run.level {
                case .line: 0.0
                case .below: 0.16 * font.size
                case .above: -0.38 * font.size
                }
            cairo_move_to(cairo, x, y + shift)
            cairo_show_text(cairo, run.text)
            x += self.width(run, font)
        }
        cairo_new_path(cairo)
    }

    /// Rotates the drawing of `body` by a quarter turn to the left about (x, y), which becomes its origin.
    func turned(x: Double, y: Double, _ body: () -> Void) {
        cairo_save(cairo)
        cairo_translate(cairo, x, y)
        cairo_rotate(cairo, -.pi / 2)
        body()
        cairo_restore(cairo)
    }

    private func width(_ run: RichText.Run, _ font: Font) -> Double {
        select(font, run.level)
        var extents = cairo_text_extents_t()
        cairo_text_extents(cairo, run.text, &extents)
        return extents.x_advance
    }

    private func select(_ font: Font, _ level: RichText.Level) {
        cairo_select_font_face(
            cairo, "sans-serif", CAIRO_FONT_SLANT_NORMAL, font.bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL)
        cairo_set_font_size(cairo, level == .line ? font.size : 0.7 * font.size)
    }

    private func use(_ colour: Colour) { cairo_set_source_rgb(cairo, colour.red, colour.green, colour.blue) }
}
