internal import ModelRunner
internal import ParameterSpace
internal import Yams

/// Reads how a definition's model drives Atmos.
struct VPLAtmosReader {
    /// The keys of the model that are Atmos's alone.
    static let keys = ["package", "template", "photochemistry", "climate"]

    private static let limitKeys = ["wall_time_seconds", "cpu_seconds"]

    /// What is wrong is on the section's list.
    func configuration(of model: DefinitionSection) -> VPLAtmosConfiguration {
        var configuration = VPLAtmosConfiguration()
        configuration.package = model.string("package")
        if let template = model.string("template") {
            if template.wholeMatch(of: /[A-Za-z0-9_+\-][A-Za-z0-9_.+\-]*/) == nil {
                model.report(
                    "\(model.title): 'template' must be the name of a folder, not '\(template)'", at: "template")
            }
            configuration.template = template
        }
        if let photochemistry = model.section("photochemistry", title: "photochemistry", keys: Self.limitKeys) {
            configuration.photochemistry = limits(photochemistry)
        }
        let climateKeys = Self.limitKeys + ["steps", "divf_rms_tolerance", "dt_nd_tolerance"]
        if let climate = model.section("climate", title: "climate", keys: climateKeys) {
            configuration.climate = limits(climate)
            configuration.climateSteps = climate.integer("steps", in: 1...99_999) ?? configuration.climateSteps
            configuration.divergenceTolerance = tolerance("divf_rms_tolerance", climate)
            configuration.surfaceChangeTolerance = tolerance("dt_nd_tolerance", climate)
        }
        return configuration
    }

    private func limits(_ section: DefinitionSection) -> VPLAtmosConfiguration.ProgramLimits {
        let longest = 1...2_592_000
        return VPLAtmosConfiguration.ProgramLimits(
            wallTime: section.integer("wall_time_seconds", in: longest).map { .seconds($0) },
            cpuTime: section.integer("cpu_seconds", in: longest).map { .seconds($0) })
    }

    private func tolerance(_ key: String, _ section: DefinitionSection) -> Double? {
        guard let tolerance = section.decimal(key) else { return nil }
        if tolerance <= .zero { section.report("\(section.title): '\(key)' must be above zero", at: key) }
        return tolerance.doubleValue
    }
}
