/// A point as Atmos's input files hold it, checked before Atmos runs, which would loop for ever on impossible values.
struct VPLAtmosComposition {
    /// The tolerance for a sum above 1: half of the last of the four digits that Atmos reads, because the mixing ratio of the
    /// inert gas is rounded.
    private static let tolerance = 5e-5

    private var mixingRatios: [(species: String, mixingRatio: Double)] = []
    private var fluxes: [(species: String, flux: Double)] = []
    private var velocities: [(species: String, velocity: Double)] = []
    private var planet: [(quantity: VPLAtmosParameter.Planet, value: Double)] = []

    /// - Throws: ``VPLAtmosInputError`` for a value that is impossible, two boundaries of a species that exclude each other,
    ///   or a sum of the mixing ratios above 1.
    init(_ input: ModelInput) throws(VPLAtmosInputError) {
        for value in input.values {
            let parameter = VPLAtmosParameter(name: value.name)
            guard let number = Double(value.value), number.isFinite, number > 0 || !parameter.isMixingRatio else {
                throw Self.invalid(value, parameter.isMixingRatio ? "mixing ratio" : "value", "a number above 0")
            }
            switch parameter {
            case .mixingRatio(let species): mixingRatios.append((species, number))
            case .surfaceFlux(let species): fluxes.append((species, number))
            case .depositionVelocity(let species):
                guard number >= 0 else { throw Self.invalid(value, "velocity", "a number not below 0") }
                velocities.append((species, number))
            case .planet(let quantity):
                guard number > 0 || (number == 0 && quantity.mayBeZero) else {
                    throw Self.invalid(value, "value", "a number above 0")
                }
                planet.append((quantity, number))
            }
        }
        for (species, _) in mixingRatios
        where (fluxes.map(\.species) + velocities.map(\.species)).contains(species) {
            throw VPLAtmosInputError(
                description: "\(species) has a mixing ratio, so its flux or deposition velocity would have no effect")
        }
        try check(with: [])
    }

    private static func invalid(_ value: NamedValue, _ kind: String, _ expected: String) -> VPLAtmosInputError {
        VPLAtmosInputError(description: "invalid \(kind) '\(value.value)' of \(value.name): expected \(expected)")
    }

    /// Checks the sum of the point's mixing ratios and of those that the template holds fixed.
    func check(with held: [(species: String, mixingRatio: Double)]) throws(VPLAtmosInputError) {
        let others = held.filter { mixingRatio(of: $0.species) == nil }
        let sum = (mixingRatios + others).reduce(0) { $0 + $1.mixingRatio }
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

    /// Writes the lower boundary of each species.
    func write(to file: inout SpeciesFile) throws(VPLAtmosInputError) {
        for (species, mixingRatio) in mixingRatios { try file.set(species, to: mixingRatio) }
        for (species, velocity) in velocities {
            try file.set(species, depositionVelocity: velocity, flux: fluxes.first { $0.species == species }?.flux)
        }
        for (species, flux) in fluxes where !velocities.contains(where: { $0.species == species }) {
            try file.set(species, flux: flux)
        }
    }

    /// Writes the quantities of the planet and its star.
    func write(to file: inout PlanetFile) throws(VPLAtmosInputError) {
        for (quantity, value) in planet where quantity != .climateAlbedo { try file.set(quantity, to: value) }
    }

    /// The mixing ratio of a species with all its digits; `nil` if the point does not have the species.
    func mixingRatio(of species: String) -> Double? {
        mixingRatios.first { $0.species == species }?.mixingRatio
    }

    /// The albedo in the climate; `nil` for that of the template.
    var climateAlbedo: Double? {
        planet.first { $0.quantity == .climateAlbedo }?.value
    }
}

extension VPLAtmosParameter.Planet {
    /// Whether zero is possible.
    fileprivate var mayBeZero: Bool {
        self == .photochemistryAlbedo || self == .climateAlbedo
    }
}
