/// A line of text with subscripts and superscripts.
struct RichText: Equatable {
    /// Where a run of text stands.
    enum Level: Equatable {
        case line, below, above
    }

    /// A stretch of text on one level.
    struct Run: Equatable {
        var text: String
        var level: Level
    }

    private(set) var runs: [Run]

    init(_ text: String) { runs = text.isEmpty ? [] : [Run(text: text, level: .line)] }

    private init(runs: [Run]) { self.runs = runs }

    /// Without its levels.
    var plain: String { runs.map(\.text).joined() }

    static func + (left: RichText, right: RichText) -> RichText { RichText(runs: left.runs + right.runs) }

    /// 10 with an exponent.
    static func power(ofTen exponent: Int) -> RichText {
        RichText(runs: [
            Run(text: "10", level: .line),
            Run(text: exponent < 0 ? "\u{2212}\(-exponent)" : "\(exponent)", level: .above),
        ])
    }

    /// A label as people type it: the digits of chemical formulas (`CO2`) become subscripts, and a whole number after
    /// `^` a superscript.
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
