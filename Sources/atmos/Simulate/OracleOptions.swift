internal import ArgumentParser
internal import ExplorationFile
internal import Logging
internal import ModelRunner
internal import ParameterSpace
internal import RunLedger
internal import Simulation
internal import Support

/// Where the verdicts of a simulation come from.
struct OracleOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Points are stable that meet this: \"CO2 + CH4 < 0.5\".", valueName: "condition"))
    var stable: String?

    @Option(
        help: ArgumentHelp(
            "Points are stable inside an ellipsoid, with its centre and radius along each parameter.",
            valueName: "NAME=CENTRE~RADIUS,…"))
    var region: String?

    @Flag(help: "Points are stable that are so in the ledger; what it does not have is unstable.")
    var ledger = false

    init() {}

    func validate() throws {
        guard [stable != nil, region != nil, ledger].count(where: \.self) <= 1 else {
            throw ValidationError("only one of --stable, --region and --ledger can say where points are stable")
        }
    }

    /// - Throws: ``SettingError`` where the verdicts cannot be had.
    func makeOracle(
        for definition: ExplorationDefinition, data: DataOptions, logger: Logger
    ) async throws -> any Oracle {
        let space = definition.space
        if case .adaptive(let adaptive) = definition.strategy, case .output(let index, _) = adaptive.target, !ledger {
            guard stable == nil, region == nil, case .synthetic = definition.model.adapter else {
                throw SettingError(
                    description:
                        "the strategy looks at the output '\(definition.model.outputs[index].name)', which only "
                        + "runs have: use --ledger")
            }
        }
        if let stable {
            do {
                return ConditionRegion(try Constraint(stable, parameters: space.parameters.map(\.name)))
            } catch {
                throw SettingError(description: "--stable: \(error)")
            }
        }
        if let region { return Ellipsoid(try extents(region, in: space)) }
        if ledger { return try await LedgerVerdicts.read(for: definition, data: data, logger: logger) }
        guard case .synthetic(let region) = definition.model.adapter else {
            throw SettingError(
                description: "where are points stable? Say so with --stable \"CO2 + CH4 < 0.5\", with "
                    + "--region CO2=0.1~0.05, or with --ledger for the verdicts of runs that were made")
        }
        return Ellipsoid(
            region.compactMap { extent in
                space.parameters.firstIndex { $0.name == extent.name }.map {
                    Ellipsoid.Extent(parameter: $0, centre: extent.centre, radius: extent.radius)
                }
            })
    }

    private func extents(_ text: String, in space: Space) throws -> [Ellipsoid.Extent] {
        try text.split(separator: ",", omittingEmptySubsequences: false).map { part in
            let sides = part.split(separator: "=", omittingEmptySubsequences: false)
            let numbers = sides.last?.split(separator: "~", omittingEmptySubsequences: false).map { Double($0) } ?? []
            guard sides.count == 2, numbers.count == 2, let centre = numbers[0], let radius = numbers[1],
                centre.isFinite, radius.isFinite, radius > 0
            else {
                throw SettingError(
                    description:
                        "--region: '\(part)' must be NAME=CENTRE~RADIUS with a radius above 0, as in CO2=0.1~0.05")
            }
            let names = space.parameters.map(\.name)
            guard let parameter = names.firstIndex(of: String(sides[0])) else {
                let hint = ClosestName.of(String(sides[0]), among: names).map { "did you mean '\($0)'?" }
                throw SettingError(
                    description: "--region: there is no parameter '\(sides[0])'; "
                        + (hint ?? "there are \(names.joined(separator: ", "))"))
            }
            return Ellipsoid.Extent(parameter: parameter, centre: centre, radius: radius)
        }
    }
}
