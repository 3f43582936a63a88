/// `species.dat`: the species of the photochemistry, one a line, with their boundary conditions.
///
/// A long-lived species (`LL` in the second field) has the kind of its lower boundary, LBOUND, in the ninth field and its
/// mixing ratio there, FIXEDMR, in the eleventh; an inert one (`IN`) ends with its mixing ratio. All other fields and
/// lines stay unchanged.
struct SpeciesFile {
    /// LBOUND of a species with a fixed mixing ratio at the surface.
    private static let fixedMixingRatio = "1"
    /// LBOUND of a species with a constant deposition velocity, with a constant flux, and with both, the flux distributed
    /// over the heights up to DISTH.
    private static let fixedVelocity = "0"
    private static let fixedFlux = "2"
    private static let velocityAndFlux = "3"
    private static let boundaryField = 8
    private static let velocityField = 9
    private static let fluxField = 11
    private static let heightField = 12
    private static let mixingRatioField = 10

    private var lines: [[UInt8]]

    /// Reads a file.
    init(_ bytes: [UInt8]) {
        lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { Array($0) }
    }

    /// The file's bytes.
    var bytes: [UInt8] { Array(lines.joined(separator: [UInt8(ascii: "\n")])) }

    /// Fixes a species at a mixing ratio.
    ///
    /// - Parameter mixingRatio: above zero, at most 1. It is rounded to four digits.
    mutating func set(_ species: String, to mixingRatio: Double) throws(VPLAtmosInputError) {
        guard mixingRatio > 0, mixingRatio <= 1 else {
            throw VPLAtmosInputError(
                description:
                    "invalid mixing ratio '\(mixingRatio)' of \(species): expected a number above 0 and at most 1")
        }
        let index = try index(of: species)
        let fields = FixedFields.ranges(in: lines[index])
        let number = ScientificNotation.text(mixingRatio)
        switch Self.kind(of: lines[index]) {
        case "LL" where fields.count > Self.mixingRatioField:
            // The later field first, so that the range of the earlier one stays valid.
            FixedFields.replace(fields[Self.mixingRatioField], with: number, in: &lines[index])
            FixedFields.replace(fields[Self.boundaryField], with: Self.fixedMixingRatio, in: &lines[index])
        case "IN" where fields.count > Self.boundaryField:
            FixedFields.replace(fields[Self.boundaryField], with: number, in: &lines[index])
        case "LL", "IN":
            throw Self.isTooShort(species)
        case let kind:
            throw VPLAtmosInputError(
                description:
                    "\(species) is of kind \(kind) in Atmos's species.dat; only long-lived (LL) and inert (IN) species can "
                    + "have a fixed mixing ratio")
        }
    }

    /// Gives a long-lived species a constant flux through the surface, in molecules cm⁻² s⁻¹, rounded to four digits.
    mutating func set(_ species: String, flux: Double) throws(VPLAtmosInputError) {
        try setBoundary(
            of: species, [(Self.fluxField, ScientificNotation.signedText(flux)), (Self.boundaryField, Self.fixedFlux)])
    }

    /// Gives a long-lived species a constant deposition velocity in cm s⁻¹, rounded to four digits.
    ///
    /// - Parameter flux: a flux in addition to it, distributed up to the template's DISTH.
    mutating func set(
        _ species: String, depositionVelocity velocity: Double, flux: Double? = nil
    ) throws(VPLAtmosInputError) {
        let velocity = (Self.velocityField, ScientificNotation.signedText(velocity))
        guard let flux else {
            return try setBoundary(of: species, [velocity, (Self.boundaryField, Self.fixedVelocity)])
        }
        let line = lines[try index(of: species)]
        let fields = FixedFields.ranges(in: line)
        if fields.count > Self.heightField, FortranNumber.value(line[fields[Self.heightField]]) ?? 0 <= 0 {
            throw VPLAtmosInputError(
                description: "\(species) has a deposition velocity and a flux, which needs a DISTH above 0 in Atmos's "
                    + "species.dat")
        }
        try setBoundary(
            of: species,
            [
                (Self.fluxField, ScientificNotation.signedText(flux)), velocity,
                (Self.boundaryField, Self.velocityAndFlux),
            ])
    }

    /// Replaces fields of a long-lived species, the later ones first, so that the ranges of the earlier ones stay valid.
    private mutating func setBoundary(
        of species: String, _ texts: [(field: Int, text: String)]
    ) throws(VPLAtmosInputError) {
        let index = try index(of: species)
        guard Self.kind(of: lines[index]) == "LL" else {
            throw VPLAtmosInputError(
                description:
                    "\(species) is of kind \(Self.kind(of: lines[index])) in Atmos's species.dat; only a long-lived "
                    + "(LL) species can have a flux or a deposition velocity")
        }
        let fields = FixedFields.ranges(in: lines[index])
        guard fields.count > Self.heightField else { throw Self.isTooShort(species) }
        for (field, text) in texts { FixedFields.replace(fields[field], with: text, in: &lines[index]) }
    }

    private func index(of species: String) throws(VPLAtmosInputError) -> Int {
        guard let index = lines.firstIndex(where: { Self.name(of: $0) == species }) else {
            throw VPLAtmosInputError(description: "unknown species '\(species)' in Atmos's species.dat")
        }
        return index
    }

    private static func isTooShort(_ species: String) -> VPLAtmosInputError {
        VPLAtmosInputError(description: "the line of \(species) in Atmos's species.dat is too short")
    }

    /// The fixed mixing ratio of a species; `nil` if it is not fixed.
    func mixingRatio(of species: String) -> Double? {
        guard let line = lines.first(where: { Self.name(of: $0) == species }), Self.kind(of: line) == "LL" else {
            return nil
        }
        let fields = FixedFields.ranges(in: line)
        guard fields.count > Self.mixingRatioField,
            line[fields[Self.boundaryField]].elementsEqual(Self.fixedMixingRatio.utf8)
        else { return nil }
        return FortranNumber.value(line[fields[Self.mixingRatioField]])
    }

    /// The species whose mixing ratios the file holds fixed: the long-lived ones with LBOUND 1 and the inert ones, except
    /// for N2, which fills the rest with any number in the file.
    var heldSpecies: [(species: String, mixingRatio: Double)] {
        lines.compactMap { line in
            guard let species = Self.name(of: line), species != "N2" else { return nil }
            let fields = FixedFields.ranges(in: line)
            let held =
                switch Self.kind(of: line) {
                case "LL": mixingRatio(of: species)
                case "IN" where fields.count > Self.boundaryField: FortranNumber.value(line[fields[Self.boundaryField]])
                default: nil as Double?
                }
            return held.flatMap { $0 > 0 ? (species, $0) : nil }
        }
    }

    /// Whether a species is inert: it fills the remaining mixing ratio.
    func isInert(_ species: String) -> Bool {
        lines.contains { Self.name(of: $0) == species && Self.kind(of: $0) == "IN" }
    }

    private static func name(of line: [UInt8]) -> String? {
        guard let first = line.first, first != UInt8(ascii: "*") else { return nil }
        return line[...].fields.first.map { String(decoding: $0, as: UTF8.self) }
    }

    private static func kind(of line: [UInt8]) -> String {
        line[...].fields.dropFirst().first.map { String(decoding: $0, as: UTF8.self) } ?? ""
    }
}
