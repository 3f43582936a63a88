/// The point that a model is run on.
package struct ModelInput: Sendable, Hashable {
    /// The point's hash, in hexadecimal.
    package let hash: String

    /// The point's code: its values, comma-separated, in the exploration's declared order.
    package let code: String

    /// The point's values in the exploration's declared order.
    package let values: [NamedValue]

    /// Describes a point in its three forms.
    package init(hash: String, code: String, values: [NamedValue]) {
        self.hash = hash
        self.code = code
        self.values = values
    }
}

/// The value of a parameter as exact decimal text.
package struct NamedValue: Sendable, Hashable {
    /// The parameter's name: a letter, then letters, digits and underscores, at most 63 in all (a Fortran name).
    package let name: String

    /// The value as a JSON number, such as `0.21` or `1.63e-6`. It reaches the model with exactly these digits.
    package let value: String

    /// Creates a value. Both texts are checked only when a run directory is written.
    package init(name: String, value: String) {
        self.name = name
        self.value = value
    }
}

/// Checks the texts that are written to a run directory.
enum InputText {
    /// Whether `text` is a number as JSON writes it. Fortran reads every such text as the same number.
    static func isNumber(_ text: String) -> Bool {
        var rest = Substring(text).utf8
        if rest.first == UInt8(ascii: "-") { rest.removeFirst() }
        let whole = takeDigits(&rest)
        guard whole.count == 1 || (whole.count > 1 && whole.first != UInt8(ascii: "0")) else { return false }
        if rest.first == UInt8(ascii: ".") {
            rest.removeFirst()
            guard !takeDigits(&rest).isEmpty else { return false }
        }
        if let mark = rest.first, mark == UInt8(ascii: "e") || mark == UInt8(ascii: "E") {
            rest.removeFirst()
            if let sign = rest.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") { rest.removeFirst() }
            guard !takeDigits(&rest).isEmpty else { return false }
        }
        return rest.isEmpty
    }

    private static func takeDigits(_ rest: inout Substring.UTF8View) -> Substring.UTF8View {
        let digits = rest.prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
        rest = rest[digits.endIndex...]
        return digits
    }

    /// Whether `text` is a name in Fortran and in this project: a letter, then letters, digits and underscores, at most
    /// 63 in all.
    static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, isLetter(first), text.utf8.count <= 63 else { return false }
        return text.utf8.allSatisfy {
            isLetter($0) || ($0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9")) || $0 == UInt8(ascii: "_")
        }
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (byte | 0x20) >= UInt8(ascii: "a") && (byte | 0x20) <= UInt8(ascii: "z")
    }
}
