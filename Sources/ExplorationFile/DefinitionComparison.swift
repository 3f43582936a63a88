internal import ModelRunner
internal import ParameterSpace

/// Compares a definition with the registered one of the same name, and decides whether it may replace it.
///
/// It may if the points and verdicts in the ledger remain valid: with a further output, more values along an axis, an
/// axis in place of a fixed value, another start or another strategy. It may not with other parameters, units or kinds,
/// with values removed, or with another model.
package struct DefinitionComparison {
    package let name: String
    package let changes: [DefinitionChange]

    /// - Returns: `nil` if this version of the program cannot read the registered definition.
    package init?(registered text: String, wanted: ExplorationDefinition) {
        guard let registered = try? DefinitionReader.read(text: text, file: "\(wanted.name).yaml") else { return nil }
        self.init(registered: registered, wanted: wanted)
    }

    init(registered: ExplorationDefinition, wanted: ExplorationDefinition) {
        name = wanted.name
        changes =
            Self.parameters(registered, wanted) + Self.outputs(registered, wanted) + Self.others(registered, wanted)
    }

    /// - Throws: ``IncompatibleDefinition`` if the definition may not replace the registered one.
    package func checkCompatibility() throws(IncompatibleDefinition) {
        let conflicts = changes.filter { $0.objection != nil }
        if !conflicts.isEmpty { throw IncompatibleDefinition(name: name, changes: conflicts) }
    }

    private static func parameters(
        _ old: ExplorationDefinition, _ new: ExplorationDefinition
    ) -> [DefinitionChange] {
        let (oldNames, newNames) = (old.space.parameters.map(\.name), new.space.parameters.map(\.name))
        var changes: [DefinitionChange] = []
        for name in oldNames + newNames.filter({ !oldNames.contains($0) }) {
            let was = old.space.parameters.first { $0.name == name }
            let now = new.space.parameters.first { $0.name == name }
            if let was, let now, isSame(was, now) { continue }
            changes.append(
                DefinitionChange(
                    subject: "parameter \(name)", was: line(of: was, in: old), now: line(of: now, in: new),
                    objection: objection(was, now)))
        }
        if changes.isEmpty, oldNames != newNames {
            changes.append(
                DefinitionChange(
                    subject: "the order of the parameters", was: oldNames.joined(separator: ", "),
                    now: newNames.joined(separator: ", "), objection: "a point's code lists values in that order"))
        }
        return changes
    }

    /// Whether two parameters differ at most in their descriptions. For the remainder, the start value may differ, too,
    /// since it follows from the others.
    private static func isSame(_ was: Parameter, _ now: Parameter) -> Bool {
        let isRemainder = if case .remainder = now.role { true } else { false }
        return was.unit == now.unit && was.kind == now.kind && was.role == now.role
            && (isRemainder || was.start == now.start)
    }

    private static func line(of parameter: Parameter?, in definition: ExplorationDefinition) -> String? {
        guard let parameter else { return nil }
        let prefix = "parameter \(parameter.name) "
        let line = definition.digestedLines.first { $0.hasPrefix(prefix) } ?? prefix
        return "\(line.dropFirst(prefix.count)), in \(parameter.unit)"
    }

    private static func objection(_ was: Parameter?, _ now: Parameter?) -> String? {
        guard let was else { return "a parameter was added" }
        guard let now else { return "a parameter was removed" }
        if was.unit != now.unit { return "its unit differs" }
        if was.kind != now.kind { return "its kind differs" }
        switch (was.role, now.role) {
        case (.axis(let old), .axis(let new)):
            return new.hasAllValues(of: old) ? nil : "some of its values were removed"
        case (.fixed, .axis): return nil
        case (.fixed, .fixed): return was.start == now.start ? nil : "its value was fixed"
        case (.remainder(let old), .remainder(let new)): return old == new ? nil : "its rounding differs"
        default: return "its role differs"
        }
    }

    private static func outputs(_ old: ExplorationDefinition, _ new: ExplorationDefinition) -> [DefinitionChange] {
        let (was, now) = (old.model.outputs, new.model.outputs)
        return (0..<max(was.count, now.count)).compactMap { position in
            func text(_ outputs: [String]) -> String? { position < outputs.count ? outputs[position] : nil }
            let (oldText, newText) = (
                text(was.map { "\($0.name), in \($0.unit)" }), text(now.map { "\($0.name), in \($0.unit)" })
            )
            guard oldText != newText else { return nil }
            return DefinitionChange(
                subject: "output \(position + 1)", was: oldText, now: newText,
                objection: oldText == nil ? nil : "outputs may only be added, at the end")
        }
    }

    /// Compares the other lines of the digest: the strategy, the model and the rest.
    private static func others(_ old: ExplorationDefinition, _ new: ExplorationDefinition) -> [DefinitionChange] {
        func lines(_ definition: ExplorationDefinition) -> [String] {
            definition.digestedLines.filter { !$0.hasPrefix("parameter ") && !$0.hasPrefix("output ") }
        }
        let was = lines(old).filter { !lines(new).contains($0) }
        let now = lines(new).filter { !lines(old).contains($0) }
        let isModel = { (line: String) in line.hasPrefix("model ") }
        func change(_ subject: String, _ was: [String], _ now: [String], _ objection: String?) -> DefinitionChange? {
            guard !was.isEmpty || !now.isEmpty else { return nil }
            return DefinitionChange(
                subject: subject, was: was.isEmpty ? nil : was.joined(separator: "; "),
                now: now.isEmpty ? nil : now.joined(separator: "; "), objection: objection)
        }
        return [
            change(
                "the model", was.filter(isModel), now.filter(isModel), "another model may give other verdicts"),
            change("the search", was.filter { !isModel($0) }, now.filter { !isModel($0) }, nil),
        ].compactMap(\.self)
    }
}

/// One difference between two definitions of an exploration.
package struct DefinitionChange: Equatable, CustomStringConvertible {
    /// The part that differs, such as `parameter CO2`.
    package let subject: String
    /// The text of the part in the registered definition and in the new one; `nil` if it is absent.
    package let was: String?
    package let now: String?
    /// The reason why the new definition may not replace the registered one; `nil` if it may.
    package let objection: String?

    package var description: String {
        let reason = objection.map { " (\($0))" } ?? ""
        return "\(subject)\(reason)\n    was: \(was ?? "nothing")\n    now: \(now ?? "nothing")"
    }
}

/// A definition that may not replace the registered one of the same name.
package struct IncompatibleDefinition: Error, CustomStringConvertible {
    let name: String
    let changes: [DefinitionChange]

    package var description: String {
        "the ledger has an incompatible definition of the exploration '\(name)'; choose another name, or undo these "
            + "changes:\n" + changes.map { "  \($0)" }.joined(separator: "\n")
    }
}

extension Axis {
    /// The largest number of values to compare, more than a search can exhaust. Beyond it, two different scales count
    /// as incompatible.
    private static let maxComparedValues = 100_000

    /// Whether every value of `other` is also a value of this axis.
    fileprivate func hasAllValues(of other: Axis) -> Bool {
        if scale == other.scale {
            return range.lowerBound <= other.range.lowerBound && range.upperBound >= other.range.upperBound
        }
        let lowest = other.range.lowerBound
        var value = other.has(lowest) ? lowest : other.next(above: lowest)
        for _ in 0..<Self.maxComparedValues {
            guard let current = value else { return true }
            guard has(current) else { return false }
            value = other.next(above: current)
        }
        return false
    }

    /// Whether a value is on the grid: the step to a neighbour and back leads to it.
    private func has(_ value: ExactDecimal) -> Bool {
        guard range.contains(value) else { return false }
        if let above = next(above: value) { return next(below: above) == value }
        if let below = next(below: value) { return next(above: below) == value }
        return true
    }
}
