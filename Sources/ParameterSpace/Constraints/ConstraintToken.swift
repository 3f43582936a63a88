/// The smallest parts of a condition's text.
struct ConstraintToken: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        case number(ExactDecimal)
        /// A parameter, a function, or one of `and`, `or`, `not`.
        case word(String)
        /// `+ - * / ( ) , < <= > >= == !=`
        case symbol(String)
        case end
    }

    let kind: Kind
    /// Counted in characters from 1.
    let column: Int

    /// How messages name it.
    var shown: String {
        switch kind {
        case .number(let number): "the number \(number)"
        case .word(let word): "'\(word)'"
        case .symbol(let symbol): "'\(symbol)'"
        case .end: "the end"
        }
    }
}
