/// A mixing ratio that an exploration sets, as far as a model has to know it before it runs.
package struct SpeciesParameter: Sendable, Hashable {
    /// The name of the parameter and of the species.
    package let name: String
    /// The value at the start point, as decimal text.
    package let start: String
    /// The lowest value of the parameter's axis, as decimal text; `nil` if it has none.
    package let lowest: String?

    /// Describes a parameter.
    package init(name: String, start: String, lowest: String?) {
        self.name = name
        self.start = start
        self.lowest = lowest
    }
}

/// A fault of an exploration's parameters: no run could succeed, or none at a part of an axis.
package struct ParameterFault: Sendable, Hashable {
    /// The parameter's name; `nil` for a fault of all together.
    package let parameter: String?
    /// The fault in one sentence.
    package let message: String
}

extension VPLAtmosModel {
    /// Holds the species of an exploration against `species.dat` of the package, before anything runs.
    ///
    /// - Returns: the faults, in the order of the parameters; empty if Atmos can run the start point.
    package func faults(of parameters: [SpeciesParameter]) -> [ParameterFault] {
        let species: SpeciesFile
        do {
            species = SpeciesFile(try atmos.bytes(of: VPLAtmosFiles.species))
        } catch {
            return [ParameterFault(parameter: nil, message: "Atmos's species.dat cannot be read: \(error)")]
        }
        var faults: [ParameterFault] = []
        for parameter in parameters {
            do {
                var file = species
                try file.set(parameter.name, to: Double(parameter.start) ?? .nan)
                if let lowest = parameter.lowest, (Double(lowest) ?? .nan) <= 0 {
                    throw VPLAtmosInputError(
                        description:
                            "the axis of \(parameter.name) reaches \(lowest), but Atmos needs a mixing ratio above 0; "
                            + "set its 'minimum'")
                }
            } catch {
                faults.append(ParameterFault(parameter: parameter.name, message: "\(error)"))
            }
        }
        guard faults.isEmpty else { return faults }
        do {
            let start = parameters.map { NamedValue(name: $0.name, value: $0.start) }
            let composition = try VPLAtmosComposition(ModelInput(hash: "", code: "", values: start))
            var file = species
            try composition.write(to: &file)
            try composition.check(with: file.heldSpecies)
        } catch {
            faults.append(ParameterFault(parameter: nil, message: "the start point: \(error)"))
        }
        return faults
    }
}
