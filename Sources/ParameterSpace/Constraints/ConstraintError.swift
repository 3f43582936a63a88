/// Why a text is not a condition over the parameters.
package struct ConstraintError: Error, Hashable, CustomStringConvertible {
    /// The whole text.
    package let text: String
    /// Where in it, counted in characters from 1.
    package let column: Int
    /// What is wrong there and what would be right.
    package let message: String

    package var description: String {
        "'\(text)', column \(column): \(message)"
    }
}
