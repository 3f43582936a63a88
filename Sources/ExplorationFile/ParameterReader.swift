internal import ParameterSpace
internal import Yams

/// Reads the `parameters` of a definition.
struct ParameterReader {
    let diagnostics: DiagnosticList

    /// The names as they stand there, whatever may be wrong with them: what else the file says is read against them.
    static func names(of root: DefinitionSection) -> [String] {
        root.value("parameters")?.sequence?.compactMap { $0["name"]?.string } ?? []
    }

    /// All parameters in their order, fillers filled; nil where something is wrong.
    func parameters(of root: DefinitionSection) -> [Parameter]? {
        guard root.required("parameters") != nil, let nodes = root.list("parameters") else { return nil }
        guard !nodes.isEmpty else {
            root.report("an exploration needs at least one parameter", at: "parameters")
            return nil
        }
        let parameters = nodes.compactMap(parameter)
        checkNames(zip(parameters, nodes))
        checkFillers(root, parameters)
        guard diagnostics.diagnostics.isEmpty, parameters.count == nodes.count else { return nil }
        return filled(root, parameters, nodes)
    }

    private func parameter(_ node: Node) -> Parameter? {
        let keys = ["name", "kind", "unit", "description", "start", "axis", "filler"]
        let name = node["name"]?.string ?? ""
        let title = name.isEmpty ? "a parameter" : "parameter '\(name)'"
        guard let section = DefinitionSection(node, title: title, keys: keys, diagnostics: diagnostics),
            section.requiredString("name") != nil
        else { return nil }
        if name.wholeMatch(of: /[A-Za-z][A-Za-z0-9_]*/) == nil || name.utf8.count > 60 {
            section.report(
                "'\(name)' is no name for a parameter: letters, digits and underscores, starting with a letter, 60 "
                    + "characters at most", at: "name")
        }
        let kind = section.word("kind", Parameter.Kind.self) ?? .mixingRatio
        if section.has("axis"), section.has("filler") {
            section.report("\(title) cannot have an axis and be the filler too", at: "filler")
        }
        let isFiller = section.has("filler")
        let start = section.decimal("start") ?? .zero
        if !isFiller { _ = section.required("start") }
        if kind == .mixingRatio, start < .zero || start > .one {
            section.report("\(title): the start \(start) is not a mixing ratio, 0 to 1", at: "start")
        }
        guard let role = role(section, kind: kind, start: start) else { return nil }
        return Parameter(
            name: name, kind: kind, role: role, start: start,
            unit: section.string("unit") ?? (kind == .mixingRatio ? "mol/mol" : "1"),
            description: section.string("description") ?? "")
    }

    private func role(_ section: DefinitionSection, kind: Parameter.Kind, start: ExactDecimal) -> Parameter.Role? {
        if section.has("filler") {
            guard kind == .mixingRatio else {
                section.report("\(section.title): only a mixing ratio can be the filler", at: "filler")
                return nil
            }
            let filler = section.section("filler", title: "\(section.title): filler", keys: ["decimals"])
            return filler.map { .remainder(decimals: $0.integer("decimals", in: 0...ExactDecimal.decimals) ?? 10) }
        }
        guard section.has("axis") else { return .fixed }
        guard let axis = AxisReader(parameter: section.title, kind: kind).axis(of: section) else { return nil }
        if section.has("start"), !axis.range.contains(start) {
            section.report(
                "\(section.title): the start \(start) lies outside its axis, \(axis.range.lowerBound) to "
                    + "\(axis.range.upperBound)", at: "start")
        }
        return .axis(axis)
    }

    /// Names differ in more than case: they become columns, and SQL does not tell `CO` from `Co`.
    private func checkNames(_ parameters: some Sequence<(Parameter, Node)>) {
        var seen: Set<String> = []
        for (parameter, node) in parameters where !seen.insert(parameter.name.lowercased()).inserted {
            diagnostics.add(
                "there are two parameters '\(parameter.name)' (upper and lower case count as one)", at: node)
        }
    }

    private func checkFillers(_ root: DefinitionSection, _ parameters: [Parameter]) {
        let fillers = parameters.filter { if case .remainder = $0.role { true } else { false } }
        if fillers.count > 1 {
            let names = fillers.map(\.name).joined(separator: " and ")
            root.report("only one parameter can be the filler, not \(names)", at: "parameters")
        }
        if !parameters.contains(where: { if case .axis = $0.role { true } else { false } }) {
            root.report("at least one parameter needs an axis, or there is nothing to explore", at: "parameters")
        }
    }

    /// Gives the filler its start: what the other mixing ratios leave.
    private func filled(_ root: DefinitionSection, _ parameters: [Parameter], _ nodes: [Node]) -> [Parameter]? {
        guard let start = Space(parameters: parameters).start else {
            let ratios = parameters.filter { $0.kind == .mixingRatio }
            let sum = ratios.reduce(ExactDecimal.zero) { $0 + $1.start }
            root.report("the mixing ratios of the start point are \(sum) in sum, which is above 1", at: "parameters")
            return nil
        }
        var result: [Parameter] = []
        for (index, parameter) in parameters.enumerated() {
            if nodes[index]["start"] != nil, parameter.start != start.values[index] {
                diagnostics.add(
                    "parameter '\(parameter.name)' is the filler: the others leave \(start.values[index]) for it, not "
                        + "\(parameter.start); leave its start out", at: nodes[index])
                return nil
            }
            result.append(
                Parameter(
                    name: parameter.name, kind: parameter.kind, role: parameter.role, start: start.values[index],
                    unit: parameter.unit, description: parameter.description))
        }
        return result
    }
}
