internal import ParameterSpace
internal import Yams

/// Reads the `constraints` of a definition: a list of conditions over the parameters.
struct ConstraintReader {
    /// In their declared order.
    let parameters: [Parameter]

    /// All conditions; nil where one is wrong, or is not met by the start point.
    func constraints(of root: DefinitionSection) -> [Constraint]? {
        guard root.has("constraints") else { return [] }
        guard let nodes = root.list("constraints") else { return nil }
        let constraints = nodes.compactMap { constraint($0, root.diagnostics) }
        return constraints.count == nodes.count ? constraints : nil
    }

    private func constraint(_ node: Node, _ diagnostics: DiagnosticList) -> Constraint? {
        guard case .scalar(let scalar) = node else {
            diagnostics.add("a constraint must be a text such as CO2 + CH4 < 0.5; put quotes around it", at: node)
            return nil
        }
        let names = parameters.map(\.name)
        let constraint: Constraint
        do {
            constraint = try Constraint(scalar.string, parameters: names)
        } catch {
            // In a text of several lines or with escapes, a column of the text is none of the file.
            let offset: Int? =
                switch scalar.style {
                case .plain, .any: error.column - 1
                case .singleQuoted, .doubleQuoted: error.column
                case .literal, .folded: nil
                }
            diagnostics.add("the constraint \(error)", at: node, offset: offset ?? 0)
            return nil
        }
        let space = Space(parameters: parameters, constraints: [constraint])
        if let start = space.completed(parameters.map(\.start)), space.firstViolated(by: start) != nil {
            let named = zip(names, start).map { "\($0) = \($1)" }.joined(separator: ", ")
            diagnostics.add("the start point does not meet the constraint '\(constraint.text)': \(named)", at: node)
            return nil
        }
        return constraint
    }
}
