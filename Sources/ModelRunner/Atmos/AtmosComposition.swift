/// The mixing ratios of a point, checked before Atmos sees them: it would loop for ever on those of an impossible one.
struct AtmosComposition {
    /// The most that the sum may be above 1: the last of the four digits that Atmos is given, halved, since what remains
    /// for the inert gas is a rounded number.
    private static let rounding = 5e-5

    private let values: [(species: String, mixingRatio: Double)]

    /// - Throws: ``AtmosInputError`` for a value that is no mixing ratio above zero, or a sum above 1.
    init(_ input: ModelInput) throws(AtmosInputError) {
        var values: [(species: String, mixingRatio: Double)] = []
        for value in input.values {
            guard let mixingRatio = Double(value.value), mixingRatio > 0 else {
                throw AtmosInputError(
                    description: "\(value.name) is \(value.value), but Atmos needs mixing ratios above zero")
            }
            values.append((value.name, mixingRatio))
        }
        let sum = values.reduce(0) { $0 + $1.mixingRatio }
        guard sum <= 1 + Self.rounding else {
            throw AtmosInputError(description: "the mixing ratios are \(sum) in sum, which is above 1")
        }
        self.values = values
    }

    /// Holds each species at its mixing ratio.
    func write(to file: inout SpeciesFile) throws(AtmosInputError) {
        for (species, mixingRatio) in values { try file.set(species, to: mixingRatio) }
    }

    /// The mixing ratio of a species, with all of its digits; nil where the point has none.
    func mixingRatio(of species: String) -> Double? {
        values.first { $0.species == species }?.mixingRatio
    }
}
