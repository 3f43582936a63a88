internal import ParameterSpace
internal import Yams

/// Reads the `starts` of a definition: a list of further points to begin at, each as values of axes.
struct StartReader {
    let space: Space
    /// Nil where it is wrong, and less can be checked.
    let strategy: Strategy?

    /// All start points, that of the parameters' own values first; nil where one is wrong.
    func starts(of root: DefinitionSection) -> [Point]? {
        guard let first = space.start else { return nil }
        guard root.has("starts") else { return [first] }
        guard let nodes = root.list("starts") else { return nil }
        if case .sequence = strategy {
            root.report("'starts' does not go with a plan of points, which has no start", at: "starts")
            return nil
        }
        let points = nodes.compactMap { start($0, root.diagnostics) }
        guard points.count == nodes.count else { return nil }
        return points.reduce(into: [first]) { if !$0.contains($1) { $0.append($1) } }
    }

    private func start(_ node: Node, _ diagnostics: DiagnosticList) -> Point? {
        let names = space.axes.map { space.parameters[$0.index].name }
        guard let section = DefinitionSection(node, title: "a start point", keys: names, diagnostics: diagnostics)
        else { return nil }
        var values = space.parameters.map(\.start)
        for (index, axis) in space.axes {
            let name = space.parameters[index].name
            guard section.has(name) else { continue }
            guard let value = section.decimal(name) else { return nil }
            guard axis.range.contains(value) else {
                section.report(
                    "a start point: \(name) = \(value) lies outside its axis, \(axis.range.lowerBound) to "
                        + "\(axis.range.upperBound)", at: name)
                return nil
            }
            values[index] = value
        }
        guard let filled = space.completed(values) else {
            section.report("a start point: its mixing ratios are more than 1 in sum")
            return nil
        }
        guard let point = space.point(completing: values) else {
            let unmet = space.firstViolated(by: filled)?.text ?? ""
            section.report("a start point does not meet the constraint '\(unmet)'")
            return nil
        }
        return isReachable(point, section) ? point : nil
    }

    /// Searches that halve steps go on only from where their largest steps meet.
    private func isReachable(_ point: Point, _ section: DefinitionSection) -> Bool {
        let (units, coarse): ([Int], Int)
        switch strategy {
        case .frontier(let frontier): (units, coarse) = (frontier.resolution, frontier.initialStep)
        case .adaptive(let adaptive): (units, coarse) = (adaptive.resolution, adaptive.initialStep)
        case .flood, .sequence, nil: return true
        }
        let coordinates = Lattice(space, units: units)?.coordinates(of: point)
        if let coordinates, coordinates.allSatisfy({ $0 % coarse == 0 }) { return true }
        section.report(
            "a start point must lie a whole number of the strategy's largest steps, \(coarse), from the first one on "
                + "every axis")
        return false
    }
}
