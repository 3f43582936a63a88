/// How often something happens: `0.05/h`, `2/d`, `0`.
package struct Rate: Hashable, Sendable {
    package let perSecond: Double

    package static let never = Rate(perSecond: 0)

    package init(perSecond: Double) {
        self.perSecond = perSecond
    }

    /// - Throws: ``ChanceError``.
    package init(_ text: String) throws(ChanceError) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard let number = Double(parts[0]), number.isFinite, number >= 0, parts.count <= 2 else {
            throw ChanceError("'\(text)' is no rate; write how often in which time, as in 0.05/h or 2/d")
        }
        if parts.count == 1, number == 0 {
            self = .never
            return
        }
        let unit = parts.count == 2 ? parts[1] : ""
        perSecond = number / (try TimeText.factor(of: unit, in: text, for: "0.05/h"))
    }
}

/// A part of a whole: `1%` or `0.01`.
package struct Share: Hashable, Sendable {
    package let value: Double

    package init(value: Double) {
        self.value = value
    }

    /// - Throws: ``ChanceError``.
    package init(_ text: String) throws(ChanceError) {
        let isPercentage = text.hasSuffix("%")
        guard let number = Double(isPercentage ? text.dropLast() : text[...]),
            (0...1).contains(isPercentage ? number / 100 : number)
        else { throw ChanceError("'\(text)' is no share; write 1% or 0.01") }
        value = isPercentage ? number / 100 : number
    }
}
