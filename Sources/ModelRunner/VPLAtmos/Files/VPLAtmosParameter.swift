/// The meaning of a parameter of an exploration for Atmos, by its name.
package enum VPLAtmosParameter: Hashable, Sendable {
    /// A species, by its name in `species.dat`: its mixing ratio at the surface is fixed.
    case mixingRatio(species: String)
    /// `CH4_surface_flux`: the species' flux through the surface, in molecules cm⁻² s⁻¹, upward positive.
    case surfaceFlux(species: String)
    /// `CO_deposition_velocity`: the velocity at which the surface takes the species up, in cm s⁻¹.
    case depositionVelocity(species: String)
    /// A quantity of the planet or its star.
    case planet(Planet)

    /// The quantities of the planet and its star, by their parameters' names.
    package enum Planet: String, CaseIterable, Sendable {
        /// Gravity at the surface, in cm s⁻².
        case gravity
        /// The stellar flux, relative to that of modern Earth.
        case solarConstant = "solar_constant"
        /// The radius, in cm.
        case radius
        /// The pressure at the surface, in bar.
        case pressure
        /// The number of the star's spectrum, as listed in `PLANET.dat`.
        case star
        /// The albedo of the surface in the photochemistry.
        case photochemistryAlbedo = "photochemistry_albedo"
        /// The albedo of the surface in the climate.
        case climateAlbedo = "climate_albedo"
    }

    private static let fluxSuffix = "_surface_flux"
    private static let velocitySuffix = "_deposition_velocity"

    /// Reads a parameter's name. Any name without another meaning is a species.
    package init(name: String) {
        if let planet = Planet(rawValue: name) {
            self = .planet(planet)
        } else if name.hasSuffix(Self.fluxSuffix) {
            self = .surfaceFlux(species: String(name.dropLast(Self.fluxSuffix.count)))
        } else if name.hasSuffix(Self.velocitySuffix) {
            self = .depositionVelocity(species: String(name.dropLast(Self.velocitySuffix.count)))
        } else {
            self = .mixingRatio(species: name)
        }
    }

    /// Whether it is a mixing ratio; all others are scalars.
    package var isMixingRatio: Bool {
        if case .mixingRatio = self { true } else { false }
    }

    /// The names of scalars, for messages.
    package static var scalarNames: String {
        (Planet.allCases.map(\.rawValue) + ["SPECIES" + fluxSuffix, "SPECIES" + velocitySuffix]).joined(separator: ", ")
    }
}
