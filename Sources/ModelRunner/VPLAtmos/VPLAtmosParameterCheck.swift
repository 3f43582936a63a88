/// A parameter of an exploration, as far as a model has to know it before it runs.
package struct ModelParameter: Sendable, Hashable {
    /// The name of the parameter, such as that of a species.
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
    /// Holds an exploration's parameters against the package's `species.dat` and `PLANET.dat`, before anything runs.
    ///
    /// - Returns: the faults, in the order of the parameters; empty if Atmos can run the start point.
    package func faults(of parameters: [ModelParameter]) -> [ParameterFault] {
        var faults: [ParameterFault] = []
        for parameter in parameters {
            let values = [parameter.start] + (parameter.lowest.map { [$0] } ?? [])
            for value in values {
                guard let fault = fault(of: [NamedValue(name: parameter.name, value: value)]) else { continue }
                let text =
                    value == parameter.start
                    ? fault : "\(fault); its axis reaches \(value): set its 'minimum'"
                faults.append(ParameterFault(parameter: parameter.name, message: text))
                break
            }
        }
        guard faults.isEmpty else { return faults }
        let start = fault(of: parameters.map { NamedValue(name: $0.name, value: $0.start) }, isWhole: true)
        return start.map { [ParameterFault(parameter: nil, message: "the start point: \($0)")] } ?? []
    }

    /// The reason why Atmos could not run with these values; `nil` if it could.
    ///
    /// - Parameter isWhole: whether they are all values of a point.
    private func fault(of values: [NamedValue], isWhole: Bool = false) -> String? {
        do {
            let composition = try VPLAtmosComposition(ModelInput(hash: "", code: "", values: values))
            var species = SpeciesFile(try atmos.bytes(of: VPLAtmosFiles.species))
            try composition.write(to: &species)
            var planet = PlanetFile(try atmos.bytes(of: VPLAtmosFiles.planet))
            try composition.write(to: &planet)
            if isWhole { try composition.check(with: species.heldSpecies) }
            return nil
        } catch let error as VPLAtmosInputError {
            return error.description
        } catch {
            return "the package's input files cannot be read: \(error)"
        }
    }
}
