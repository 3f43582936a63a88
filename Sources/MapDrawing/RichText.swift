/// A line of text with subscripts and superscripts.
struct RichText: Equatable {
    /// The vertical position of a run of text.
    enum Level: Equatable {
        case line, below, above
    }

    /// A piece of text on one level.
    struct Run: Equatable {
        var text: String
        var level: Level
    }

    private(set) var runs: [Run]

    init(_ text: String) { runs = text.isEmpty ? [] : [Run(text: text, level: .line)] }

    private init(runs: [Run]) { self.runs = runs }

    /// The text without its levels.
    var plain: String { runs.map(\.text).joined() }

    static func + (left: RichText, right: RichText) -> RichText { RichText(runs: left.runs + right.runs) }

    /// 10 with an exponent.
    static func power(ofTen exponent: Int) -> RichText {
        RichText(runs: [
            Run(text: "10", level: .line),
            Run(text: exponent < 0 ? "\u{2212}\(-exponent)" : "\(exponent)", level: .above),
        ])
    }

    /// Reads a label: the digits of chemical formulas (`CO2`) become subscripts, and an integer after `^` becomes a
    /// superscript.
    init(label: String) {
        runs = []
        var word = ""
        var rest = label[...]
        while let character = rest.popFirst() {
            if character == "^", let exponent = Self.exponent(rest) {
                flush(&word)
                append(exponent.replacing("-", with: "\u{2212}"), .above)
                rest = rest.dropFirst(exponent.count)
            } else if character.isASCII, character.isLetter || character.isNumber {
                word.append(character)
            } else {
                flush(&word)
                append(String(character), .line)
            }
        }
        flush(&word)
    }

    private static func exponent(_ rest: Substring) -> String? {
        let sign = rest.prefix { $0 == "-" }.prefix(1)
        let digits = rest.dropFirst(sign.count).prefix(while: \.isWholeNumber)
        return digits.isEmpty ? nil : String(sign + digits)
    }

    /// Appends a whole word, as a formula if it is one.
    private mutating func flush(_ word: inout String) {
        let formula = ChemicalFormula.isFormula(word)
        for character in word {
            append(String(character), formula && character.isNumber ? .below : .line)
        }
        word = ""
    }

    private mutating func append(_ text: String, _ level: Level) {
        if let last = runs.last, last.level == level {
            runs[runs.count - 1].text += text
        } else {
            runs.append(Run(text: text, level: level))
        }
    }
}

/// Recognises formulas of atmospheric gases.
enum ChemicalFormula {
    /// The elements that occur in atmospheres.
    private static let elements: Set<String> = [
        "H", "He", "C", "N", "O", "F", "Ne", "Na", "Mg", "Al", "Si", "P", "S", "Cl", "Ar", "K", "Ca", "Ti", "Fe", "Kr",
        "Xe",
    ]

    /// Whether a word consists of elements and numbers, with at least one number after an element: `CO2`, `H2O`.
    static func isFormula(_ word: String) -> Bool {
        var rest = word[...]
        var hasNumber = false
        while let first = rest.first {
            guard first.isASCII, first.isUppercase else { return false }
            let long = String(rest.prefix(2))
            let element = elements.contains(long) ? long : String(first)
            guard elements.contains(element) else { return false }
            rest = rest.dropFirst(element.count)
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            hasNumber = hasNumber || !digits.isEmpty
            rest = rest.dropFirst(digits.count)
        }
        return hasNumber
    }
}

/// Text made to fit: broken into lines, set smaller, or finally truncated.
struct TextBlock {
    let lines: [RichText]
    let font: Font
    let width: Double

    var height: Double { Double(lines.count) * font.lineHeight }

    /// - Parameters:
    ///   - width: the largest width of a line.
    ///   - limit: the largest number of lines.
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
        // The longest prefix that fits, found by bisection: a line may be very long.
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
