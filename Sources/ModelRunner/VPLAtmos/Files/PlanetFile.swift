/// `PLANET.dat`: the planet and its star, one quantity a line, in fixed columns from the first one.
struct PlanetFile {
    private var lines: [[UInt8]]

    /// Reads a file.
    init(_ bytes: [UInt8]) {
        lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { Array($0) }
    }

    /// The file's bytes.
    var bytes: [UInt8] { Array(lines.joined(separator: [UInt8(ascii: "\n")])) }

    /// Sets a quantity, rounded to the digits that its columns hold; all other bytes stay unchanged.
    ///
    /// - Throws: ``VPLAtmosInputError`` if the value does not fit, or the file has no such line.
    mutating func set(_ quantity: VPLAtmosParameter.Planet, to value: Double) throws(VPLAtmosInputError) {
        guard let place = Self.place(of: quantity) else { return }
        guard lines.indices.contains(place.line),
            lines[place.line][...].fields.first.flatMap({ FortranNumber.value($0) }) != nil
        else {
            throw VPLAtmosInputError(
                description: "Atmos's PLANET.dat has no \(quantity.rawValue) in line \(place.line + 1)")
        }
        guard let text = place.isInteger ? Self.integer(value, place.width) : Self.decimal(value, place.width) else {
            throw VPLAtmosInputError(
                description:
                    "the \(quantity.rawValue) \(value) does not fit the \(place.width) columns of Atmos's PLANET.dat"
                    + (place.isInteger ? "; expected a whole number" : ""))
        }
        let padded = Array(text.utf8) + [UInt8](repeating: UInt8(ascii: " "), count: place.width - text.utf8.count)
        lines[place.line].replaceSubrange(..<min(place.width, lines[place.line].count), with: padded)
    }

    /// The line and the number of columns of a quantity; `nil` for one of another file.
    private static func place(of quantity: VPLAtmosParameter.Planet) -> (line: Int, width: Int, isInteger: Bool)? {
        switch quantity {
        case .gravity: (0, 7, false)
        case .solarConstant: (1, 7, false)
        case .photochemistryAlbedo: (2, 7, false)
        case .radius: (5, 8, false)
        case .pressure: (6, 8, false)
        case .star: (10, 2, true)
        case .climateAlbedo: nil
        }
    }

    private static func integer(_ value: Double, _ width: Int) -> String? {
        guard let integer = Int(exactly: value), integer >= 0 else { return nil }
        let text = String(integer)
        return text.utf8.count <= width ? text : nil
    }

    /// A text of at most `width` characters with a decimal point, which keeps the format's implied decimals out of play.
    private static func decimal(_ value: Double, _ width: Int) -> String? {
        let plain = "\(value)"
        if plain.utf8.count <= width, !plain.contains("e") { return plain }
        guard value > 0 else { return nil }
        for digits in (3...width).reversed() {
            let text = ScientificNotation.shortText(value, digits: digits)
            if text.utf8.count <= width { return text }
        }
        return nil
    }
}
