/// `species.dat`: the species of the photochemistry, one a line, with their boundary conditions.
///
/// A long-lived species (`LL` in the second field) has the kind of its lower boundary, LBOUND, in the ninth field and its
/// mixing ratio there, FIXEDMR, in the eleventh; an inert one (`IN`) ends with its mixing ratio. All other fields and
/// lines stay unchanged.
struct SpeciesFile {
    /// LBOUND of a species with a fixed mixing ratio at the surface.
    private static let fixedMixingRatio = "1"
    private static let boundaryField = 8
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
        guard let index = lines.firstIndex(where: { Self.name(of: $0) == species }) else {
            throw VPLAtmosInputError(description: "unknown species '\(species)' in Atmos's species.dat")
        }
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
            throw VPLAtmosInputError(description: "the line of \(species) in Atmos's species.dat is too short")
        case let kind:
            throw VPLAtmosInputError(
                description:
                    "\(species) is of kind \(kind) in Atmos's species.dat; only long-lived (LL) and inert (IN) species can "
                    + "have a fixed mixing ratio")
        }
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

/// `input_clima.dat`, the settings of the climate, or `input_photchem.dat`, those of the photochemistry: `NAME=` at the
/// beginning of a line and its value after the eleventh column.
struct ClimateInputFile {
    private let name: String
    private var lines: [[UInt8]]

    /// Reads a file.
    ///
    /// - Parameter name: its name in messages.
    init(_ bytes: [UInt8], name: String = "input_clima.dat") {
        self.name = name
        lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { Array($0) }
    }

    /// The file's bytes.
    var bytes: [UInt8] { Array(lines.joined(separator: [UInt8(ascii: "\n")])) }

    /// Sets an integer; all other bytes stay unchanged.
    mutating func set(_ setting: String, to value: Int) throws(VPLAtmosInputError) {
        let label = "\(setting)="
        guard let index = lines.firstIndex(where: { $0.starts(with: label.utf8) }) else {
            throw VPLAtmosInputError(description: "Atmos's \(name) has no setting \(setting)")
        }
        let fields = FixedFields.ranges(in: lines[index])
        guard fields.count > 1 else {
            throw VPLAtmosInputError(description: "the setting \(setting) in Atmos's \(name) has no value")
        }
        FixedFields.replace(fields[1], with: String(value), in: &lines[index])
    }
}

/// Replaces fields of a line and keeps the columns of the others.
enum FixedFields {
    /// The ranges of the parts between blanks.
    static func ranges(in line: [UInt8]) -> [Range<Int>] {
        line[...].fields.map { $0.startIndex..<$0.endIndex }
    }

    /// Replaces a field with `text`.
    ///
    /// The text begins in the same column. The following fields keep their columns if there are enough blanks between them,
    /// and move otherwise: one blank always remains, because Atmos stops at a number that touches the next one.
    static func replace(_ field: Range<Int>, with text: String, in line: inout [UInt8]) {
        let blank = UInt8(ascii: " ")
        let new = Array(text.utf8)
        let gap = line[field.upperBound...].prefix { $0 == blank }.count
        let isLast = field.upperBound + gap == line.count
        let needed = isLast ? 0 : 1
        let blanks = max(field.count + gap - new.count, needed)
        line.replaceSubrange(
            field.lowerBound..<(field.upperBound + gap), with: new + [UInt8](repeating: blank, count: blanks))
    }
}

/// Numbers in the format of Atmos's input files.
enum ScientificNotation {
    /// Four significant digits and an exponent of at least two: `1.230E-02`, as C's `%.3E` gives.
    ///
    /// - Parameter number: finite and above zero.
    static func text(_ number: Double) -> String {
        // The shortest text for the number, so that the decimal digits of the input are rounded.
        let text = "\(number)".lowercased()
        let parts = text.split(separator: "e")
        var exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
        let mantissa = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        var digits = Array(mantissa.joined().utf8).map { Int($0) - 48 }
        exponent += mantissa[0].count - 1
        let zeros = digits.prefix { $0 == 0 }.count
        digits.removeFirst(zeros)
        exponent -= zeros
        digits += Array(repeating: 0, count: max(0, 5 - digits.count))
        var rounded = digits[0..<4].reduce(0) { $0 * 10 + $1 }
        if digits[4] >= 5 { rounded += 1 }
        if rounded == 10_000 {
            rounded = 1000
            exponent += 1
        }
        let sign = exponent < 0 ? "-" : "+"
        let power = exponent.magnitude < 10 ? "0\(exponent.magnitude)" : "\(exponent.magnitude)"
        let fraction = String(rounded % 1000)
        return "\(rounded / 1000)." + String(repeating: "0", count: 3 - fraction.count) + fraction + "E\(sign)\(power)"
    }
}

/// The reason why an input file cannot be written for a point.
struct VPLAtmosInputError: Error, Equatable, CustomStringConvertible {
    let description: String
}
