/// Tells formulas of atmospheric gases from other words.
enum ChemicalFormula {
    /// The elements that atmospheres are made of.
    private static let elements: Set<String> = [
        "H", "He", "C", "N", "O", "F", "Ne", "Na", "Mg", "Al", "Si", "P", "S", "Cl", "Ar", "K", "Ca", "Ti", "Fe", "Kr",
        "Xe",
    ]

    /// Whether a word consists of elements and numbers, with at least one number that follows an element: `CO2`, `H2O`.
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
