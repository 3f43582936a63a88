internal import ExplorationFile
internal import MapDrawing
internal import ModelRunner
internal import ParameterSpace
internal import RunLedger
internal import Support
internal import SystemPackage

/// The map of an exploration: two parameters against each other, the others projected.
struct ExplorationMap: Sendable {
    private let chart: MapChart

    /// Creates the map from the ledger.
    ///
    /// Points that differ only in other parameters share a position: it is stable if one of them is, and its colour shows
    /// the mean of the stable ones.
    ///
    /// - Throws: ``SettingError`` if the axes are not the exploration's, or if it has only one parameter.
    static func make(
        of definition: ExplorationDefinition, ledger: RunLedger, axes: MapAxesOptions
    ) async throws -> ExplorationMap {
        try axes.check(against: definition)
        let names = try await axisNames(of: definition, ledger, chosen: axes.names)
        let colour = axes.colour ?? definition.map.colour ?? definition.model.outputs.first?.name
        let places = try await places(of: definition, ledger, names, colour: colour)
        let progress = try await ledger.progress(of: definition.table)
        let others = definition.space.axes.map { definition.space.parameters[$0.index].name }.filter {
            !names.contains($0)
        }
        let start = definition.space.parameters.filter { names.contains($0.name) }
        return ExplorationMap(
            chart: MapChart(
                title: definition.title,
                subtitle: others.isEmpty ? "" : "projected along \(others.joined(separator: ", "))",
                x: axis(names[0], of: definition), y: axis(names[1], of: definition),
                colour: colour.flatMap { scale($0, of: definition) }, points: places,
                start: MapPosition(
                    x: start.first { $0.name == names[0] }!.start.doubleValue,
                    y: start.first { $0.name == names[1] }!.start.doubleValue),
                counts: [.stable: progress.stable, .unstable: progress.unstable]))
    }

    /// Writes `NAME.svg` and `NAME.png` and returns both paths.
    func write(to folder: FilePath, name: String) throws -> [FilePath] {
        let files = ["svg", "png"].map { folder.appending("\(name).\($0)") }
        try chart.writeSVG(to: files[0].string)
        try chart.writePNG(to: files[1].string)
        return files
    }

    /// Returns the chosen axes, else the file's, else the two with the most different values so far.
    private static func axisNames(
        of definition: ExplorationDefinition, _ ledger: RunLedger, chosen: [String]?
    ) async throws -> [String] {
        if let names = chosen ?? definition.map.axes { return names }
        let space = definition.space
        var candidates = space.axes.map { space.parameters[$0.index].name }
        // A map needs two axes, even if the search has only one.
        candidates += space.parameters.map(\.name).filter { !candidates.contains($0) }
        guard candidates.count >= 2 else {
            throw SettingError(description: "a map needs two parameters; '\(definition.name)' has one")
        }
        let counts = try await ledger.distinctValueCounts(of: candidates, in: definition.table)
        let ranked = zip(candidates, counts).enumerated().sorted {
            ($1.element.1, $0.offset) < ($0.element.1, $1.offset)
        }
        return ranked.prefix(2).map(\.element.0)
    }

    private static func places(
        of definition: ExplorationDefinition, _ ledger: RunLedger, _ names: [String], colour: String?
    ) async throws -> [MapPoint] {
        let points = try await ledger.projection(of: definition.table, onto: names[0], names[1], mean: colour)
        return points.map { point in
            let (x, y) = (point.x, point.y)
            return MapPoint(
                x: x, y: y, state: point.stable > 0 ? .stable : point.unstable > 0 ? .unstable : .error,
                value: point.mean)
        }
    }

    private static func axis(_ name: String, of definition: ExplorationDefinition) -> MapAxis {
        let parameter = definition.space.parameters.first { $0.name == name }!
        guard case .axis(let axis) = parameter.role, case .logarithmic(let grid) = axis.scale else {
            return MapAxis(label: name, unit: parameter.unit)
        }
        return MapAxis(
            label: name, unit: parameter.unit, scale: .logarithmic, step: 1 / Double(grid.stepsPerDecade))
    }

    private static func scale(_ name: String, of definition: ExplorationDefinition) -> MapColourScale? {
        definition.model.outputs.first { $0.name == name }.map {
            MapColourScale(label: $0.name.asLabel, unit: $0.unit)
        }
    }
}

extension String {
    /// A name as a label: `ch4_flux` as 'CH4 flux', `surface_temperature` as 'Surface temperature'.
    fileprivate var asLabel: String {
        let words = split(separator: "_").map { $0.contains(where: \.isNumber) ? $0.uppercased() : String($0) }
        let label = words.joined(separator: " ")
        return label.prefix(1).uppercased() + label.dropFirst()
    }
}
