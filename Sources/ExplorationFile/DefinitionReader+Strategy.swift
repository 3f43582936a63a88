internal import FoundationEssentials
internal import ParameterSpace
internal import Support
internal import SystemPackage
internal import Yams

/// The strategy.
extension DefinitionReader {
    private enum StrategyKind: String, CaseIterable {
        case flood, frontier, grid, sobol, list, adaptive
        case latinHypercube = "latin-hypercube"

        /// The keys of the kind, in addition to `kind`.
        var keys: [String] {
            switch self {
            case .flood: ["neighbours", "steps", "expand_known"]
            case .frontier: ["resolution", "initial_step", "trace_step", "interior"]
            case .grid: ["stride"]
            case .sobol: ["points", "scrambling", "seed"]
            case .latinHypercube: ["points", "seed"]
            case .list: ["file"]
            case .adaptive: ["resolution", "initial_step", "batch", "output", "level"]
            }
        }
    }

    private static let strategyTitle = "the strategy"
    /// The former names of keys.
    private static let strategyAliases = [
        "coarse": "initial_step", "spacing": "trace_step", "every": "stride", "reexplore": "expand_known",
    ]

    /// Reads the `strategy`.
    ///
    /// - Parameters:
    ///   - space: `nil` if it is invalid; what depends on it is not checked then.
    ///   - outputs: the names of the model's outputs.
    func strategy(in space: Space?, outputs: [String]) -> Strategy? {
        guard root.has("strategy") else { return .flood(Flood(Neighbourhood(shape: .sides, steps: 1))) }
        let all = StrategyKind.allCases.flatMap(\.keys).reduce(into: ["kind"]) { if !$0.contains($1) { $0.append($1) } }
        guard
            let section = root.section(
                "strategy", title: Self.strategyTitle, keys: all, aliases: Self.strategyAliases),
            let kind = section.has("kind") ? section.word("kind", StrategyKind.self) : .flood
        else { return nil }
        for key in all where key != "kind" && section.has(key) && !kind.keys.contains(key) {
            section.report("\(section.title): '\(key)' cannot be combined with the kind \(kind.rawValue)", at: key)
        }
        let reader = StrategyReader(section: section, space: space, outputs: outputs, folder: folder)
        let strategy: Strategy? =
            switch kind {
            case .flood: reader.flood()
            case .frontier: reader.frontier()
            case .adaptive: reader.adaptive()
            case .grid: reader.perAxis("stride").map { .sequence(.grid(stride: $0)) }
            case .sobol: reader.sobol()
            case .latinHypercube: reader.points().map { .sequence(.latinHypercube(points: $0, seed: reader.seed())) }
            case .list: reader.list().map { .sequence(.list($0)) }
            }
        if let space, let strategy, section.diagnostics.diagnostics.isEmpty, strategy.search(in: space) == nil {
            section.report(Self.unsuitable(kind))
        }
        return strategy
    }

    /// The message for a strategy that does not suit the space.
    private static func unsuitable(_ kind: StrategyKind) -> String {
        switch kind {
        case .sobol:
            "\(strategyTitle) needs 1 to \(SobolSequence.maxDimensions) axes with at most "
                + "\(AxisGrid.maxCount) values"
        case .grid:
            "\(strategyTitle) gives more than \(SequencePlan.maxCount) points; take larger steps, or every n-th "
                + "value with 'stride'"
        case .flood, .frontier, .latinHypercube, .list, .adaptive:
            "\(strategyTitle) needs axes with 1 to \(AxisGrid.maxCount) values each"
        }
    }
}

/// Reads the keys of one strategy.
private struct StrategyReader {
    let section: DefinitionSection
    /// `nil` if it is invalid.
    let space: Space?
    let outputs: [String]
    /// The folder of a list's file.
    let folder: FilePath

    private static let maxNeighbours = 10_000

    func flood() -> Strategy {
        let shape = section.word("neighbours", Neighbourhood.Shape.self) ?? .sides
        let neighbourhood = Neighbourhood(shape: shape, steps: section.integer("steps", in: 1...100) ?? 1)
        if let axes = space?.axes.count, neighbourhood.maxCount(axes: axes) > Self.maxNeighbours {
            section.report(
                "\(section.title) gives a point more than \(Self.maxNeighbours) neighbours on \(axes) axes; take fewer "
                    + "steps, or sides", at: "steps")
        }
        return .flood(Flood(neighbourhood, expandsKnown: section.bool("expand_known") ?? false))
    }

    func frontier() -> Strategy? {
        let coarse = powerOfTwo("initial_step") ?? 8
        let spacing = powerOfTwo("trace_step") ?? min(2, coarse)
        if spacing > coarse {
            section.report(
                "\(section.title): 'trace_step' is \(spacing), but must not be above 'initial_step', \(coarse)",
                at: "trace_step")
            return nil
        }
        let interior = section.word("interior", Frontier.Interior.self) ?? .coarse
        return perAxis("resolution").map {
            .frontier(Frontier(resolution: $0, initialStep: coarse, traceStep: spacing, interior: interior))
        }
    }

    func adaptive() -> Strategy? {
        let coarse = powerOfTwo("initial_step") ?? 8
        let batch = section.integer("batch", in: 1...1000) ?? 32
        var target = Adaptive.Target.verdict
        if let output = section.string("output") {
            guard let index = outputs.firstIndex(of: output) else {
                let hint = ClosestName.of(output, among: outputs).map { "; did you mean '\($0)'?" } ?? ""
                section.report("\(section.title): the model has no output '\(output)'\(hint)", at: "output")
                return nil
            }
            guard section.required("level") != nil, let level = section.decimal("level") else { return nil }
            target = .output(index, level: level.doubleValue)
        } else if section.has("level") {
            section.report("\(section.title): 'level' needs an 'output'", at: "level")
        }
        return perAxis("resolution").map {
            .adaptive(Adaptive(resolution: $0, initialStep: coarse, batch: batch, target: target))
        }
    }

    func sobol() -> Strategy? {
        let scrambling = section.word("scrambling", SobolSequence.Scrambling.self) ?? .owen
        return points().map { .sequence(.sobol(points: $0, scrambling: scrambling, seed: seed())) }
    }

    func points() -> Int? {
        section.required("points").flatMap { _ in section.integer("points", in: 1...SequencePlan.maxCount) }
    }

    func seed() -> UInt64 {
        UInt64(section.integer("seed", in: 0...Int.max) ?? 0)
    }

    func list() -> PointList? {
        guard let file = section.requiredString("file") else { return nil }
        let path = folder.pushing(FilePath(file))
        guard let data = try? Data(contentsOf: URL(filePath: path.string)) else {
            section.report("\(section.title): the list '\(path)' cannot be read", at: "file")
            return nil
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            section.report("\(section.title): the list '\(path)' is not UTF-8 text", at: "file")
            return nil
        }
        guard let space else { return nil }
        do {
            return try PointList(csv: text, in: space)
        } catch {
            for line in error.lines { section.report("\(path):\(line.number): \(line.message)", at: "file") }
            return nil
        }
    }

    /// Reads a whole number for each axis: `2` for all of them, or `{CO2: 2}` for some and 1 for the others.
    func perAxis(_ key: String) -> [Int]? {
        let allowed = 1...1_000_000
        let names = space.map { space in space.axes.map { space.parameters[$0.index].name } }
        guard let value = section.value(key) else { return names.map { $0.map { _ in 1 } } }
        guard case .mapping = value else {
            let number = section.integer(key, in: allowed)
            return names.flatMap { names in number.map { number in names.map { _ in number } } }
        }
        guard let names, let numbers = section.section(key, title: "\(section.title): '\(key)'", keys: names) else {
            return nil
        }
        return names.map { numbers.integer($0, in: allowed) ?? 1 }
    }

    private func powerOfTwo(_ key: String) -> Int? {
        guard let number = section.integer(key, in: 1...1024) else { return nil }
        guard number & (number - 1) == 0 else {
            section.report("\(section.title): '\(key)' is \(number), but must be a power of two", at: key)
            return nil
        }
        return number
    }
}
