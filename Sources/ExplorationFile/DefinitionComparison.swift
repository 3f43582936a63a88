internal import ModelRunner
internal import ParameterSpace

/// How a definition differs from the registered one of the same name, and whether it can follow it.
///
/// It can where the points and verdicts that the ledger has stay points and verdicts of the exploration: a further
/// output, more values along an axis, an axis where a value was fixed, another start, another strategy. It cannot
/// where they would not: other parameters, units or kinds, values taken away, another model.
package struct DefinitionComparison {
    package let name: String
    package let changes: [DefinitionChange]

    /// - Returns: nil where this program cannot read the registered definition, so that there is nothing to compare.
    package init?(registered text: String, wanted: ExplorationDefinition) {
        guard let registered = try? DefinitionReader.read(text: text, file: "\(wanted.name).yaml") else { return nil }
        self.init(registered: registered, wanted: wanted)
    }

    init(registered: ExplorationDefinition, wanted: ExplorationDefinition) {
        name = wanted.name
        changes =
            Self.parameters(registered, wanted) + Self.outputs(registered, wanted) + Self.others(registered, wanted)
    }

    package func refuseContradictions() throws(DefinitionContradiction) {
        let contradictions = changes.filter { $0.objection != nil }
        if !contradictions.isEmpty { throw DefinitionContradiction(name: name, changes: contradictions) }
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
                    now: newNames.joined(separator: ", "), objection: "points are written in that order"))
        }
        return changes
    }

    /// Whether two parameters differ in their descriptions at most, or, of a filler, in the start value, which follows from
    /// the others'.
    private static func isSame(_ was: Parameter, _ now: Parameter) -> Bool {
        let isFiller = if case .remainder = now.role { true } else { false }
        return was.unit == now.unit && was.kind == now.kind && was.role == now.role
            && (isFiller || was.start == now.start)
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
        if was.unit != now.unit { return "its unit is another" }
        if was.kind != now.kind { return "its kind is another" }
        switch (was.role, now.role) {
        case (.axis(let old), .axis(let new)):
            return new.hasAllValues(of: old) ? nil : "values that it had are gone"
        case (.fixed, .axis): return nil
        case (.fixed, .fixed): return was.start == now.start ? nil : "its value was fixed"
        case (.remainder(let old), .remainder(let new)): return old == new ? nil : "it is rounded otherwise"
        default: return "its role is another"
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

    /// The lines about the strategy, the model and whatever else the digest is over.
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
                "the model", was.filter(isModel), now.filter(isModel), "its verdicts are not those of another model"),
            change("the search", was.filter { !isModel($0) }, now.filter { !isModel($0) }, nil),
        ].compactMap { $0 }
    }
}
