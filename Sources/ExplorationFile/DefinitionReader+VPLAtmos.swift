internal import ModelRunner
internal import ParameterSpace
internal import Yams

/// Reads the keys of the model that drive VPL's Atmos.
struct VPLAtmosReader {
    static let keys = ["package", "template", "photochemistry", "climate", "coupling", "species"]

    private static let limitKeys = ["wall_time_seconds", "cpu_seconds"]
    private static let allowedSeconds = 1...2_592_000
    private static let allowedSteps = 1...99_999

    let model: DefinitionSection

    init(section: DefinitionSection) {
        model = section
    }

    func configuration() -> VPLAtmosConfiguration {
        var configuration = VPLAtmosConfiguration()
        configuration.package = model.string("package")
        configuration.templates = templates()
        if let photochemistry = model.section("photochemistry", title: "photochemistry", keys: Self.limitKeys) {
            configuration.photochemistry = limits(photochemistry)
        }
        let climateKeys = Self.limitKeys + ["steps", "max_steps", "divf_rms_tolerance", "dt_nd_tolerance"]
        if let climate = model.section("climate", title: "climate", keys: climateKeys) {
            configuration.climate = limits(climate)
            configuration.climateSteps = climate.integer("steps", in: Self.allowedSteps) ?? configuration.climateSteps
            configuration.maxClimateSteps =
                climate.integer("max_steps", in: configuration.climateSteps...Self.allowedSteps.upperBound)
                ?? max(configuration.maxClimateSteps, configuration.climateSteps)
            if let tolerance = tolerance("divf_rms_tolerance", climate) {
                configuration.divergenceTolerance = tolerance
            }
            if let tolerance = tolerance("dt_nd_tolerance", climate) {
                configuration.surfaceChangeTolerance = tolerance
            }
        }
        let couplingKeys = ["passes", "surface_temperature_tolerance", "mixing_ratio_tolerance"]
        if let section = model.section("coupling", title: "coupling", keys: couplingKeys) {
            configuration.coupling = coupling(section)
        }
        configuration.species = species()
        return configuration
    }

    /// Checks that species are mixing ratios, that scalars are quantities that Atmos has, and that no two parameters
    /// determine the same boundary of a species.
    ///
    /// - Parameter parameters: the nodes of the parameters.
    static func checkKinds(of parameters: [Node], _ diagnostics: DiagnosticList) {
        let names = Set(parameters.compactMap { $0["name"]?.string })
        for node in parameters {
            guard let name = node["name"]?.string else { continue }
            let kind = node["kind"]?.string ?? Parameter.Kind.mixingRatio.rawValue
            let parameter = VPLAtmosParameter(name: name)
            if kind == Parameter.Kind.scalar.rawValue, parameter.isMixingRatio {
                diagnostics.add(
                    "parameter '\(name)': a scalar of Atmos must be one of \(VPLAtmosParameter.scalarNames); a species is a "
                        + "mixing ratio, without 'kind: scalar'", at: node)
            } else if kind == Parameter.Kind.mixingRatio.rawValue, !parameter.isMixingRatio {
                diagnostics.add("parameter '\(name)' is not a mixing ratio; it needs 'kind: scalar'", at: node)
            } else if case .surfaceFlux(let species) = parameter, names.contains(species) {
                diagnostics.add(overridden(name, by: species), at: node)
            } else if case .depositionVelocity(let species) = parameter, names.contains(species) {
                diagnostics.add(overridden(name, by: species), at: node)
            }
        }
    }

    private static func overridden(_ name: String, by species: String) -> String {
        "parameter '\(name)' would have no effect, since the parameter '\(species)' fixes the mixing ratio; remove one of "
            + "them"
    }

    /// Reads the further species whose mixing ratios and fluxes are outputs.
    private func species() -> [String] {
        let species = model.strings("species") ?? []
        for name in species where name.wholeMatch(of: /[A-Z][A-Z0-9]{0,15}/) == nil {
            model.report(
                "\(model.title): invalid species '\(name)': expected a name in species.dat, such as N2O", at: "species")
        }
        for (index, name) in species.enumerated() where species[..<index].contains(name) {
            model.report("\(model.title): the species '\(name)' is named twice", at: "species")
        }
        return species
    }

    private func coupling(_ section: DefinitionSection) -> VPLAtmosConfiguration.Coupling {
        var coupling = VPLAtmosConfiguration.Coupling()
        if section.required("passes") != nil, let passes = section.integer("passes", in: 2...1000) {
            coupling.passes = passes
        }
        if let tolerance = tolerance("surface_temperature_tolerance", section) {
            coupling.temperatureTolerance = tolerance
        }
        if let tolerance = tolerance("mixing_ratio_tolerance", section) { coupling.mixingRatioTolerance = tolerance }
        return coupling
    }

    /// One template, or several of which the package's first counts.
    private func templates() -> [String] {
        guard let value = model.value("template") else { return [] }
        var templates: [String] = []
        if case .sequence = value {
            templates = model.strings("template") ?? []
        } else if let template = model.string("template") {
            templates = [template]
        }
        for template in templates where template.wholeMatch(of: /[A-Za-z0-9_+\-][A-Za-z0-9_.+\-]*/) == nil {
            model.report("\(model.title): 'template' must be the name of a folder, not '\(template)'", at: "template")
        }
        return templates
    }

    private func limits(_ section: DefinitionSection) -> VPLAtmosConfiguration.ProgramLimits {
        VPLAtmosConfiguration.ProgramLimits(
            wallTime: section.integer("wall_time_seconds", in: Self.allowedSeconds).map { .seconds($0) },
            cpuTime: section.integer("cpu_seconds", in: Self.allowedSeconds).map { .seconds($0) })
    }

    private func tolerance(_ key: String, _ section: DefinitionSection) -> Double? {
        guard let tolerance = section.decimal(key) else { return nil }
        if tolerance <= .zero { section.report("\(section.title): '\(key)' must be above zero", at: key) }
        return tolerance.doubleValue
    }
}
