internal import ParameterSpace
internal import Yams

/// The parameters, their axes, the constraints and the start points.
extension DefinitionReader {
    /// The parameters' names as the file spells them, valid or not. The rest of the file is checked against them.
    var parameterNames: [String] {
        root.value("parameters")?.sequence?.compactMap { $0["name"]?.string } ?? []
    }

    /// Reads the space; `nil` if there is an error in the parameters or the constraints.
    func space() -> Space? {
        guard let parameters = parameters(), let constraints = constraints(over: parameters) else { return nil }
        return Space(parameters: parameters, constraints: constraints)
    }

    /// Reads all parameters in their order, the remainder computed; `nil` if there is an error.
    private func parameters() -> [Parameter]? {
        guard root.required("parameters") != nil, let nodes = root.list("parameters") else { return nil }
        guard !nodes.isEmpty else {
            root.report("an exploration needs at least one parameter", at: "parameters")
            return nil
        }
        let parameters = nodes.compactMap(parameter)
        checkNames(zip(parameters, nodes))
        checkRoles(parameters)
        guard root.diagnostics.diagnostics.isEmpty, parameters.count == nodes.count else { return nil }
        return computingRemainder(parameters, nodes)
    }

    private func parameter(_ node: Node) -> Parameter? {
        let keys = ["name", "kind", "unit", "description", "start", "axis", "remainder"]
        let name = node["name"]?.string ?? ""
        let title = name.isEmpty ? "a parameter" : "parameter '\(name)'"
        guard
            let section = DefinitionSection(
                node, title: title, keys: keys, aliases: ["filler": "remainder"], diagnostics: root.diagnostics),
            section.requiredString("name") != nil
        else { return nil }
        if name.wholeMatch(of: /[A-Za-z][A-Za-z0-9_]*/) == nil || name.utf8.count > 60 {
            section.report(
                "invalid name '\(name)' of a parameter: expected letters, digits and underscores, starting with a "
                    + "letter, at most 60 characters", at: "name")
        }
        let kind = section.word("kind", Parameter.Kind.self) ?? .mixingRatio
        let isRemainder = section.has("remainder")
        if section.has("axis"), isRemainder {
            section.report("\(title) cannot have both an axis and 'remainder'", at: "remainder")
        }
        let start = section.decimal("start") ?? .zero
        if !isRemainder { _ = section.required("start") }
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
        if section.has("remainder") {
            guard kind == .mixingRatio else {
                section.report("\(section.title): only a mixing ratio can be the remainder", at: "remainder")
                return nil
            }
            let remainder = section.section("remainder", title: "\(section.title): remainder", keys: ["decimals"])
            return remainder.map { .remainder(decimals: $0.integer("decimals", in: 0...ExactDecimal.decimals) ?? 10) }
        }
        guard section.has("axis") else { return .fixed }
        guard let axis = AxisReader(parameter: section.title, kind: kind).axis(of: section) else { return nil }
        if section.has("start"), !axis.range.contains(start) {
            section.report(
                "\(section.title): the start \(start) is outside its axis, \(axis.range.lowerBound) to "
                    + "\(axis.range.upperBound)", at: "start")
        }
        return .axis(axis)
    }

    /// Checks that names differ in more than case: they become columns, and SQL does not distinguish `CO` from `Co`.
    private func checkNames(_ parameters: some Sequence<(Parameter, Node)>) {
        var seen: Set<String> = []
        for (parameter, node) in parameters where !seen.insert(parameter.name.lowercased()).inserted {
            root.diagnostics.add(
                "there are two parameters '\(parameter.name)' (names must differ in more than case)", at: node)
        }
    }

    private func checkRoles(_ parameters: [Parameter]) {
        let remainders = parameters.filter { if case .remainder = $0.role { true } else { false } }
        if remainders.count > 1 {
            let names = remainders.map(\.name).joined(separator: " and ")
            root.report("only one parameter can be the remainder, not \(names)", at: "parameters")
        }
        if !parameters.contains(where: { if case .axis = $0.role { true } else { false } }) {
            root.report("at least one parameter needs an axis, or there is nothing to explore", at: "parameters")
        }
    }

    /// Gives the remainder its start: what the other mixing ratios leave.
    private func computingRemainder(_ parameters: [Parameter], _ nodes: [Node]) -> [Parameter]? {
        guard let start = Space(parameters: parameters).start else {
            let ratios = parameters.filter { $0.kind == .mixingRatio }
            let sum = ratios.reduce(ExactDecimal.zero) { $0 + $1.start }
            root.report("the sum of the start point's mixing ratios is \(sum), which is above 1", at: "parameters")
            return nil
        }
        var result: [Parameter] = []
        for (index, parameter) in parameters.enumerated() {
            if nodes[index]["start"] != nil, parameter.start != start.values[index] {
                root.diagnostics.add(
                    "parameter '\(parameter.name)' is the remainder: the others leave \(start.values[index]) for it, "
                        + "not \(parameter.start); omit its start", at: nodes[index])
                return nil
            }
            result.append(
                Parameter(
                    name: parameter.name, kind: parameter.kind, role: parameter.role, start: start.values[index],
                    unit: parameter.unit, description: parameter.description))
        }
        return result
    }

    // MARK: Constraints

    /// Reads all constraints; `nil` if one is invalid, or is not met by the start point.
    private func constraints(over parameters: [Parameter]) -> [Constraint]? {
        guard root.has("constraints") else { return [] }
        guard let nodes = root.list("constraints") else { return nil }
        let constraints = nodes.compactMap { constraint($0, over: parameters) }
        return constraints.count == nodes.count ? constraints : nil
    }

    private func constraint(_ node: Node, over parameters: [Parameter]) -> Constraint? {
        guard case .scalar(let scalar) = node else {
            root.diagnostics.add(
                "a constraint must be a text such as CO2 + CH4 < 0.5; put quotes around it", at: node)
            return nil
        }
        let names = parameters.map(\.name)
        let constraint: Constraint
        do {
            constraint = try Constraint(scalar.string, parameters: names)
        } catch {
            // In a text of several lines or with escapes, a column of the text is not a column of the file.
            let offset: Int? =
                switch scalar.style {
                case .plain, .any: error.column - 1
                case .singleQuoted, .doubleQuoted: error.column
                case .literal, .folded: nil
                }
            root.diagnostics.add("the constraint \(error)", at: node, offset: offset ?? 0)
            return nil
        }
        let space = Space(parameters: parameters, constraints: [constraint])
        if let start = space.completed(parameters.map(\.start)), space.firstViolated(by: start) != nil {
            let values = zip(names, start).map { "\($0) = \($1)" }.joined(separator: ", ")
            root.diagnostics.add(
                "the start point does not meet the constraint '\(constraint.text)': \(values)", at: node)
            return nil
        }
        return constraint
    }

    // MARK: Start points

    /// Reads the start points: first the parameters' own start values, then the list `starts`; `nil` if one is invalid.
    ///
    /// - Parameter strategy: `nil` if it is invalid; what depends on it is not checked then.
    func starts(in space: Space, strategy: Strategy?) -> [Point]? {
        guard let first = space.start else { return nil }
        guard root.has("starts") else { return [first] }
        guard let nodes = root.list("starts") else { return nil }
        if case .sequence = strategy {
            root.report("'starts' cannot be combined with a plan of points, which has no start", at: "starts")
            return nil
        }
        let points = nodes.compactMap { start($0, in: space, strategy: strategy) }
        guard points.count == nodes.count else { return nil }
        return points.reduce(into: [first]) { if !$0.contains($1) { $0.append($1) } }
    }

    private func start(_ node: Node, in space: Space, strategy: Strategy?) -> Point? {
        let names = space.axes.map { space.parameters[$0.index].name }
        guard
            let section = DefinitionSection(
                node, title: "a start point", keys: names, diagnostics: root.diagnostics)
        else { return nil }
        var values = space.parameters.map(\.start)
        for (index, axis) in space.axes {
            let name = space.parameters[index].name
            guard section.has(name) else { continue }
            guard let value = section.decimal(name) else { return nil }
            guard axis.range.contains(value) else {
                section.report(
                    "a start point: \(name) = \(value) is outside its axis, \(axis.range.lowerBound) to "
                        + "\(axis.range.upperBound)", at: name)
                return nil
            }
            values[index] = value
        }
        guard let filled = space.completed(values) else {
            section.report("a start point: the sum of its mixing ratios is above 1")
            return nil
        }
        guard let point = space.point(completing: values) else {
            let unmet = space.firstViolated(by: filled)?.text ?? ""
            section.report("a start point does not meet the constraint '\(unmet)'")
            return nil
        }
        return isReachable(point, in: space, strategy, section) ? point : nil
    }

    /// Checks that a search that halves its steps passes through a start point: its largest steps must meet there.
    private func isReachable(
        _ point: Point, in space: Space, _ strategy: Strategy?, _ section: DefinitionSection
    ) -> Bool {
        let (units, largest): ([Int], Int)
        switch strategy {
        case .frontier(let frontier): (units, largest) = (frontier.resolution, frontier.initialStep)
        case .adaptive(let adaptive): (units, largest) = (adaptive.resolution, adaptive.initialStep)
        case .flood, .sequence, nil: return true
        }
        let coordinates = Lattice(space, units: units)?.coordinates(of: point)
        if let coordinates, coordinates.allSatisfy({ $0 % largest == 0 }) { return true }
        section.report(
            "a start point must be a whole number of the strategy's largest steps, \(largest), away from the first one "
                + "on every axis")
        return false
    }
}

/// Reads the `axis` of a parameter: `{step, minimum, maximum}`, `{bins: [{from, to, step}, …]}` or
/// `{per_decade, digits, minimum, maximum}`.
private struct AxisReader {
    /// The parameter's name in messages.
    let parameter: String
    let kind: Parameter.Kind

    func axis(of section: DefinitionSection) -> Axis? {
        let keys = ["step", "minimum", "maximum", "bins", "per_decade", "digits"]
        guard let axis = section.section("axis", title: "\(parameter): axis", keys: keys) else { return nil }
        switch ["step", "bins", "per_decade"].filter(axis.has) {
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
                section.report("\(section.title) ends at \(to), which is not above its start, \(from)")
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
                "\(axis.title): \(digits) digits cannot distinguish \(perDecade) values per decade", at: "digits")
            return nil
        }
        guard let range = range(of: axis) else { return nil }
        guard range.lowerBound >= Self.minLogarithmic else {
            axis.report("\(axis.title): 'minimum' must be at least 1e-12 on a logarithmic axis", at: "minimum")
            return nil
        }
        return Axis(scale: .logarithmic(grid), range: range)
    }

    private static let minLogarithmic = ExactDecimal("1e-12")!

    /// Mixing ratios range from just above 0 to 1 by default. Other numbers have no default range.
    private func range(of axis: DefinitionSection) -> ClosedRange<ExactDecimal>? {
        if kind == .scalar {
            guard axis.required("minimum") != nil, axis.required("maximum") != nil else { return nil }
        }
        let minimum = axis.has("minimum") ? axis.decimal("minimum") : .leastPositive
        let maximum = axis.has("maximum") ? axis.decimal("maximum") : .one
        guard let minimum, let maximum else { return nil }
        guard minimum < maximum else {
            axis.report("\(axis.title): its maximum \(maximum) is not above its minimum \(minimum)")
            return nil
        }
        return checked(minimum...maximum, axis)
    }

    private func checked(_ range: ClosedRange<ExactDecimal>, _ axis: DefinitionSection) -> ClosedRange<ExactDecimal>? {
        if kind == .mixingRatio, range.lowerBound < .zero || range.upperBound > .one {
            axis.report("\(axis.title) exceeds the range of a mixing ratio, 0 to 1")
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

    private func refuse(_ keys: [String], in axis: DefinitionSection, with form: String) {
        for key in keys where axis.has(key) {
            axis.report("\(axis.title): '\(key)' cannot be combined with '\(form)'", at: key)
        }
    }
}
