/// `species.dat`: the species of the photochemistry, one a line, with their boundary conditions.
///
/// A long-lived species (`LL` in the second field) has the kind of its lower boundary, LBOUND, in the ninth field and its
/// mixing ratio there, FIXEDMR, in the eleventh; an inert one (`IN`) ends with its mixing ratio. All other lines, and all
/// else in these lines, stay as they are.
struct SpeciesFile {
    /// LBOUND of a species that is held at a mixing ratio at the surface.
    private static let fixedMixingRatio = "1"
    private static let boundaryField = 8
    private static let mixingRatioField = 10

    private var lines: [[UInt8]]

    /// Takes the text of a file over.
    init(_ bytes: [UInt8]) {
        lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { Array($0) }
    }

    /// The file's bytes.
    var bytes: [UInt8] { Array(lines.joined(separator: [UInt8(ascii: "\n")])) }

    /// Holds a species at a mixing ratio.
    ///
    /// - Parameter mixingRatio: above zero, at most 1. Atmos is given four digits of it.
    mutating func set(_ species: String, to mixingRatio: Double) throws(AtmosInputError) {
        guard mixingRatio > 0, mixingRatio <= 1 else {
            throw AtmosInputError(
                description: "\(species) is \(mixingRatio), but Atmos needs mixing ratios above 0 and at most 1")
        }
        guard let index = lines.firstIndex(where: { Self.name(of: $0) == species }) else {
            throw AtmosInputError(description: "Atmos's species.dat has no species \(species)")
        }
        let fields = FixedFields.ranges(in: lines[index])
        let number = ScientificNotation.text(mixingRatio)
        switch Self.kind(of: lines[index]) {
        case "LL" where fields.count > Self.mixingRatioField:
            // The later field first, so that the places of the earlier one still hold.
            FixedFields.replace(fields[Self.mixingRatioField], with: number, in: &lines[index])
            FixedFields.replace(fields[Self.boundaryField], with: Self.fixedMixingRatio, in: &lines[index])
        case "IN" where fields.count > Self.boundaryField:
            FixedFields.replace(fields[Self.boundaryField], with: number, in: &lines[index])
        case "LL", "IN":
            throw AtmosInputError(description: "the line of \(species) in Atmos's species.dat is too short")
        case let kind:
            throw AtmosInputError(
                description:
                    "\(species) is of the kind \(kind) in Atmos's species.dat; only long-lived (LL) and inert (IN) "
                    + "species can be given a mixing ratio")
        }
    }

    /// The mixing ratio that a species is held at, or nil where it is not.
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

    /// Whether a species is inert: what remains when all else is given.
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
