/// Text that was made to fit: broken into lines, set smaller, or in the end cut short.
struct TextBlock {
    let lines: [RichText]
    let font: Font
    let width: Double

    var height: Double { Double(lines.count) * font.lineHeight }

    /// - Parameters:
    ///   - width: What a line may reach.
    ///   - limit: How many lines there may be.
    init(_ text: String, _ font: Font, width: Double, lines limit: Int, on canvas: Canvas) {
        guard !text.isEmpty else {
            (lines, self.font, self.width) = ([], font, 0)
            return
        }
        var font = font
        var lines = Self.wrap(text, font, width, canvas)
        let smallest = 0.75 * font.size
        while font.size > smallest, !Self.fits(lines, font, width, limit, canvas) {
            font.size -= 0.5
            lines = Self.wrap(text, font, width, canvas)
        }
        if lines.count > limit {
            lines = lines.prefix(limit - 1) + [lines[(limit - 1)...].joined(separator: " ")]
        }
        self.lines = lines.map { Self.shortened($0, font, width, canvas) }
        self.font = font
        self.width = self.lines.map { canvas.width($0, font) }.max() ?? 0
    }

    private static func fits(_ lines: [String], _ font: Font, _ width: Double, _ limit: Int, _ canvas: Canvas) -> Bool {
        lines.count <= limit && lines.allSatisfy { canvas.width(RichText(label: $0), font) <= width }
    }

    private static func wrap(_ text: String, _ font: Font, _ width: Double, _ canvas: Canvas) -> [String] {
        var lines: [String] = []
        for word in text.split(whereSeparator: \.isWhitespace) {
            if let last = lines.last, canvas.width(RichText(label: "\(last) \(word)"), font) <= width {
                lines[lines.count - 1] = "\(last) \(word)"
            } else {
                lines.append(String(word))
            }
        }
        return lines
    }

    private static func shortened(_ line: String, _ font: Font, _ width: Double, _ canvas: Canvas) -> RichText {
        let whole = RichText(label: line)
        if canvas.width(whole, font) <= width { return whole }
        // The longest beginning that fits, found by halving: a line may be very long.
        let characters = Array(line)
        func beginning(_ count: Int) -> RichText { RichText(label: String(characters.prefix(count)) + "…") }
        var (low, high) = (0, characters.count)
        while low < high {
            let middle = (low + high + 1) / 2
            if canvas.width(beginning(middle), font) <= width { low = middle } else { high = middle - 1 }
        }
        return beginning(low)
    }
}

extension Canvas {
    /// Draws the lines of a block from the top down, each anchored at x.
    func draw(_ block: TextBlock, x: Double, top: Double, anchor: Anchor, colour: Colour) {
        for (number, line) in block.lines.enumerated() {
            let base = top + Double(number) * block.font.lineHeight + 0.98 * block.font.size
            draw(line, block.font, x: x, y: base, anchor: anchor, colour: colour)
        }
    }
}
