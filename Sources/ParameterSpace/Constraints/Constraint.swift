/// A condition that every point of an exploration meets, such as `CO2 + CH4 < 0.5`.
///
/// Arithmetic (`+ - * /`, `abs log10 max min sqrt`) over the parameters, compared (`< <= > >= == !=`, also in chains:
/// `0.1 < O2 <= 0.3`) and combined (`and`, `or`, `not`, brackets). Sums, differences and products are exact decimals.
/// Where a number cannot be computed, as in a division by zero, the condition is not met.
package struct Constraint: Hashable, Sendable {
    /// As the user wrote it.
    package let text: String
    private let condition: ConstraintCondition

    /// Reads a condition.
    ///
    /// - Parameter parameters: the names in the declared order of the space that it is for.
    /// - Throws: ``ConstraintError`` with the column of what is wrong.
    package init(_ text: String, parameters: [String]) throws(ConstraintError) {
        var parser = try ConstraintParser(text, parameters: parameters)
        condition = try parser.parse()
        self.text = text
    }

    /// Whether a point with these values, in the declared order, meets it.
    package func isMet(by values: [ExactDecimal]) -> Bool {
        condition.holds(at: values) ?? false
    }
}
