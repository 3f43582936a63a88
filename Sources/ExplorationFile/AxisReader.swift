internal import ParameterSpace
internal import Yams

/// Reads the `axis` of a parameter: `{step, minimum, maximum}`, `{bins: [{from, to, step}, …]}` or
/// `{per_decade, digits, minimum, maximum}`.
struct AxisReader {
    /// How messages name the parameter.
    let parameter: String
    let kind: Parameter.Kind

    func axis(of section: DefinitionSection) -> Axis? {
        let keys = ["step", "minimum", "maximum", "bins", "per_decade", "digits"]
        guard let axis = section.section("axis", title: "\(parameter): axis", keys: keys) else { return nil }
        let ways = ["step", "bins", "per_decade"].filter(axis.has)
        switch ways {
        case ["step"]: return linear(axis)
        case ["bins"]: return binned(axis)
        case ["per_decade"]: return logarithmic(axis)
        default:
            axis.report("\(axis.title) needs exactly one of 'step', 'bins' and 'per_decade'")
            return nil
        }
    }

    private func linear(_ axis: DefinitionSection) -> Axis? {
        refuse(["digits"], in: axis, with: "step")
        guard let step = positive("step", in: axis), let range = range(of: axis) else { return nil }
        return Axis(step: step, range: range)
    }

    private func binned(_ axis: DefinitionSection) -> Axis? {
        refuse(["minimum", "maximum", "digits"], in: axis, with: "bins")
        guard let nodes = axis.list("bins") else { return nil }
        var bins: [Axis.Bin] = []
        for node in nodes {
            guard
                let section = DefinitionSection(
                    node, title: "\(axis.title): a bin", keys: ["from", "to", "step"],
                    diagnostics: axis.diagnostics),
                section.required("from") != nil, section.required("to") != nil, section.required("step") != nil,
                let from = section.decimal("from"), let to = section.decimal("to"),
                let step = positive("step", in: section)
            else { return nil }
            guard from < to else {
                section.report("\(section.title) ends at \(to), which is not above \(from), where it starts")
                return nil
            }
            if let last = bins.last, last.to != from {
                section.report("\(section.title) starts at \(from), but the one before it ends at \(last.to)")
                return nil
            }
            bins.append(Axis.Bin(from: from, to: to, step: step))
        }
        guard let first = bins.first, let last = bins.last else {
            axis.report("\(axis.title) needs at least one bin", at: "bins")
            return nil
        }
        return checked(first.from...last.to, axis).map { Axis(scale: .linear(bins), range: $0) }
    }

    private func logarithmic(_ axis: DefinitionSection) -> Axis? {
        guard axis.required("minimum") != nil, let perDecade = axis.integer("per_decade", in: 1...1000) else {
            return nil
        }
        let digits = axis.integer("digits", in: 1...12) ?? 3
        guard let grid = LogarithmicGrid(stepsPerDecade: perDecade, significantDigits: digits) else {
            axis.report(
                "\(axis.title): \(digits) digits cannot tell \(perDecade) values per decade apart", at: "digits")
            return nil
        }
        guard let range = range(of: axis) else { return nil }
        guard range.lowerBound >= Self.leastLogarithmic else {
            axis.report("\(axis.title): 'minimum' must be at least 1e-12 on a logarithmic axis", at: "minimum")
            return nil
        }
        return Axis(scale: .logarithmic(grid), range: range)
    }

    private static let leastLogarithmic = ExactDecimal("1e-12")!

    /// Mixing ratios go from just above 0 to 1 unless the file says otherwise; other numbers have no such ends.
    private func range(of axis: DefinitionSection) -> ClosedRange<ExactDecimal>? {
        if kind == .scalar {
            guard axis.required("minimum") != nil, axis.required("maximum") != nil else { return nil }
        }
        let lowest = axis.has("minimum") ? axis.decimal("minimum") : .leastPositive
        let highest = axis.has("maximum") ? axis.decimal("maximum") : .one
        guard let lowest, let highest else { return nil }
        guard lowest < highest else {
            axis.report("\(axis.title): its maximum \(highest) is not above its minimum \(lowest)")
            return nil
        }
        return checked(lowest...highest, axis)
    }

    private func checked(_ range: ClosedRange<ExactDecimal>, _ axis: DefinitionSection) -> ClosedRange<ExactDecimal>? {
        if kind == .mixingRatio, range.lowerBound < .zero || range.upperBound > .one {
            axis.report("\(axis.title) leaves the range of a mixing ratio, 0 to 1")
            return nil
        }
        return range
    }

    private func positive(_ key: String, in section: DefinitionSection) -> ExactDecimal? {
        guard let value = section.decimal(key) else { return nil }
        guard value > .zero else {
            section.report("\(section.title): '\(key)' is \(value), but must be above zero", at: key)
            return nil
        }
        return value
    }

    private func refuse(_ keys: [String], in axis: DefinitionSection, with way: String) {
        for key in keys where axis.has(key) {
            axis.report("\(axis.title): '\(key)' does not go with '\(way)'", at: key)
        }
    }
}
