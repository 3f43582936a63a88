/// The mixing ratios of a point, checked before Atmos runs, which would loop for ever on impossible ones.
struct VPLAtmosComposition {
    /// The tolerance for a sum above 1: half of the last of the four digits that Atmos reads, because the mixing ratio of the
    /// inert gas is rounded.
    private static let tolerance = 5e-5

    private let values: [(species: String, mixingRatio: Double)]

    /// - Throws: ``VPLAtmosInputError`` for a value that is not a mixing ratio above zero, or a sum above 1.
    init(_ input: ModelInput) throws(VPLAtmosInputError) {
        var values: [(species: String, mixingRatio: Double)] = []
        for value in input.values {
            guard let mixingRatio = Double(value.value), mixingRatio > 0 else {
                throw VPLAtmosInputError(
                    description: "invalid mixing ratio '\(value.value)' of \(value.name): expected a number above 0")
            }
            values.append((value.name, mixingRatio))
        }
        self.values = values
        try check(with: [])
    }

    /// Checks the sum of the point's mixing ratios and of those that the template holds fixed.
    func check(with held: [(species: String, mixingRatio: Double)]) throws(VPLAtmosInputError) {
        let others = held.filter { mixingRatio(of: $0.species) == nil }
        let sum = (values + others).reduce(0) { $0 + $1.mixingRatio }
        guard sum > 1 + Self.tolerance else { return }
        guard !others.isEmpty else {
            throw VPLAtmosInputError(description: "the sum of the mixing ratios is \(sum), above 1")
        }
        let names = others.map { "\($0.species) \($0.mixingRatio)" }.joined(separator: ", ")
        throw VPLAtmosInputError(
            description:
                "the sum of the mixing ratios is \(sum), above 1; it includes those that the template holds fixed: "
                + names)
    }

    /// Fixes each species at its mixing ratio.
    func write(to file: inout SpeciesFile) throws(VPLAtmosInputError) {
        for (species, mixingRatio) in values { try file.set(species, to: mixingRatio) }
    }

    /// The mixing ratio of a species with all its digits; `nil` if the point does not have the species.
    func mixingRatio(of species: String) -> Double? {
        values.first { $0.species == species }?.mixingRatio
    }
}
