internal import FoundationEssentials
internal import ParameterSpace
internal import SystemPackage
internal import Yams

/// Reads the `strategy` of a definition.
struct StrategyReader {
    /// What the strategy is for; nil where the parameters are wrong, and less can be checked.
    let space: Space?
    /// The names of the model's outputs.
    let outputs: [String]
    /// Where a list's file is looked for.
    let folder: FilePath

    private enum Kind: String, CaseIterable {
        case flood, frontier, grid, sobol, list, adaptive
        case latinHypercube = "latin-hypercube"

        /// The keys that go with it, besides `kind`.
        var keys: [String] {
            switch self {
            case .flood: ["neighbours", "steps", "reexplore"]
            case .frontier: ["resolution", "coarse", "spacing", "interior"]
            case .grid: ["every"]
            case .sobol: ["points", "scrambling", "seed"]
            case .latinHypercube: ["points", "seed"]
            case .list: ["file"]
            case .adaptive: ["resolution", "coarse", "batch", "output", "level"]
            }
        }
    }

    private static let title = "the strategy"

    func strategy(of root: DefinitionSection) -> Strategy? {
        guard root.has("strategy") else { return .flood(Flood(Neighbourhood(shape: .sides, steps: 1))) }
        let all = Kind.allCases.flatMap(\.keys).reduce(into: ["kind"]) { if !$0.contains($1) { $0.append($1) } }
        guard let section = root.section("strategy", title: Self.title, keys: all) else { return nil }
        guard let kind = section.has("kind") ? section.word("kind", Kind.self) : .flood else { return nil }
        for key in all where key != "kind" && section.has(key) && !kind.keys.contains(key) {
            section.report("\(Self.title): '\(key)' does not go with the kind \(kind.rawValue)", at: key)
        }
        let strategy = read(kind, section)
        if let space, let strategy, section.diagnostics.diagnostics.isEmpty, strategy.search(in: space) == nil {
            section.report(unsuitable(kind))
        }
        return strategy
    }

    private func read(_ kind: Kind, _ section: DefinitionSection) -> Strategy? {
        switch kind {
        case .flood: return flood(section)
        case .frontier: return frontier(section)
        case .adaptive: return adaptive(section)
        case .grid:
            return everyAxis("every", of: section).map { .sequence(.grid(stride: $0)) }
        case .sobol:
            let scrambling = section.word("scrambling", SobolSequence.Scrambling.self) ?? .owen
            return points(section).map { .sequence(.sobol(points: $0, scrambling: scrambling, seed: seed(section))) }
        case .latinHypercube:
            return points(section).map { .sequence(.latinHypercube(points: $0, seed: seed(section))) }
        case .list:
            return list(section).map { .sequence(.list($0)) }
        }
    }

    private func flood(_ section: DefinitionSection) -> Strategy {
        let shape = section.word("neighbours", Neighbourhood.Shape.self) ?? .sides
        let neighbourhood = Neighbourhood(shape: shape, steps: section.integer("steps", in: 1...100) ?? 1)
        let largest = 10_000
        if let axes = space?.axes.count, neighbourhood.maxCount(axes: axes) > largest {
            section.report(
                "\(Self.title) gives a point more than \(largest) neighbours on \(axes) axes; take fewer steps or sides",
                at: "steps")
        }
        return .flood(Flood(neighbourhood, expandsKnown: section.truth("reexplore") ?? false))
    }

    private func frontier(_ section: DefinitionSection) -> Strategy? {
        let coarse = powerOfTwo("coarse", of: section) ?? 8
        let spacing = powerOfTwo("spacing", of: section) ?? min(2, coarse)
        if spacing > coarse {
            section.report(
                "\(Self.title): 'spacing' is \(spacing), but must not be above 'coarse', \(coarse)", at: "spacing")
            return nil
        }
        let interior = section.word("interior", Frontier.Interior.self) ?? .coarse
        return everyAxis("resolution", of: section).map {
            .frontier(Frontier(resolution: $0, initialStep: coarse, traceStep: spacing, interior: interior))
        }
    }

    private func adaptive(_ section: DefinitionSection) -> Strategy? {
        let coarse = powerOfTwo("coarse", of: section) ?? 8
        let batch = section.integer("batch", in: 1...1000) ?? 32
        var target = Adaptive.Target.verdict
        if let output = section.string("output") {
            guard let index = outputs.firstIndex(of: output) else {
                let hint = ClosestName.of(output, among: outputs).map { "; did you mean '\($0)'?" } ?? ""
                section.report("\(Self.title): the model has no output '\(output)'\(hint)", at: "output")
                return nil
            }
            guard section.required("level") != nil, let level = section.decimal("level") else { return nil }
            target = .output(index, level: level.doubleValue)
        } else if section.has("level") {
            section.report("\(Self.title): 'level' needs an 'output' that it is the level of", at: "level")
        }
        return everyAxis("resolution", of: section).map {
            .adaptive(Adaptive(resolution: $0, initialStep: coarse, batch: batch, target: target))
        }
    }

    private func points(_ section: DefinitionSection) -> Int? {
        section.required("points").flatMap { _ in section.integer("points", in: 1...SequencePlan.maxCount) }
    }

    private func seed(_ section: DefinitionSection) -> UInt64 {
        UInt64(section.integer("seed", in: 0...Int.max) ?? 0)
    }

    private func list(_ section: DefinitionSection) -> PointList? {
        guard let file = section.requiredString("file") else { return nil }
        let path = folder.pushing(FilePath(file))
        guard let data = try? Data(contentsOf: URL(filePath: path.string)) else {
            section.report("\(Self.title): the list '\(path)' cannot be read", at: "file")
            return nil
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            section.report("\(Self.title): the list '\(path)' is not UTF-8 text", at: "file")
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

    /// A whole number for every axis, or one of their own for some: `2` or `{CO2: 2}`; 1 for the others.
    private func everyAxis(_ key: String, of section: DefinitionSection) -> [Int]? {
        let allowed = 1...1_000_000
        let names = space.map { space in space.axes.map { space.parameters[$0.index].name } }
        guard let value = section.value(key) else { return names.map { $0.map { _ in 1 } } }
        guard case .mapping = value else {
            let number = section.integer(key, in: allowed)
            return names.flatMap { names in number.map { number in names.map { _ in number } } }
        }
        guard let names, let numbers = section.section(key, title: "\(Self.title): '\(key)'", keys: names) else {
            return nil
        }
        return names.map { numbers.integer($0, in: allowed) ?? 1 }
    }

    private func powerOfTwo(_ key: String, of section: DefinitionSection) -> Int? {
        guard let number = section.integer(key, in: 1...1024) else { return nil }
        guard number & (number - 1) == 0 else {
            section.report("\(Self.title): '\(key)' is \(number), but must be a power of two", at: key)
            return nil
        }
        return number
    }

    private func unsuitable(_ kind: Kind) -> String {
        switch kind {
        case .sobol:
            "\(Self.title) needs 1 to \(SobolSequence.maxDimensions) axes with \(AxisGrid.maxCount) values at most"
        case .grid:
            "\(Self.title) gives more than \(SequencePlan.maxCount) points; take larger steps or every so many-th "
                + "value with 'every'"
        case .flood, .frontier, .latinHypercube, .list, .adaptive:
            "\(Self.title) needs axes with 1 to \(AxisGrid.maxCount) values each"
        }
    }
}
