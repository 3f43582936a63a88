/// A unit in the form of VOUnits 1.0, the Virtual Observatory's standard.
struct VOUnit: Equatable {
    /// Empty for what has no dimension.
    let text: String

    /// Translates units such as `K`, `kg m-2`, `W/m2` or `mol/mol`.
    ///
    /// Symbols that the standard does not know are quoted, as it wants; nil for what it has no form for at all, such as
    /// `S0`, where readers would take the digit for an exponent of the siemens.
    init?(_ unit: String) {
        guard !unit.isEmpty, unit != "1" else {
            text = ""
            return
        }
        var terms: [String] = []
        for (index, part) in unit.split(separator: "/", omittingEmptySubsequences: false).enumerated() {
            for term in part.split(whereSeparator: { " .*".contains($0) }) {
                guard let converted = Self.term(term, isInverse: index > 0) else { return nil }
                terms.append(converted)
            }
        }
        guard !terms.isEmpty else { return nil }
        text = terms.joined(separator: ".")
    }

    /// `m-2` becomes `m**-2`.
    private static func term(_ term: Substring, isInverse: Bool) -> String? {
        let symbol = term.prefix { $0.isASCII && $0.isLetter }
        let digits = term.dropFirst(symbol.count)
        guard !symbol.isEmpty else { return nil }
        let isKnown = isKnown(symbol)
        var exponent = 1
        if !digits.isEmpty {
            // Whether a digit after a symbol that nobody knows is an exponent or a part of its name, nobody knows.
            guard isKnown, let number = Int(digits), number != 0 else { return nil }
            exponent = number
        }
        if isInverse { exponent = -exponent }
        let name = isKnown ? String(symbol) : "'\(symbol)'"
        return exponent == 1 ? name : "\(name)**\(exponent)"
    }

    private static func isKnown(_ symbol: Substring) -> Bool {
        if symbols.contains(symbol) || symbol == "kg" { return true }
        for prefix in prefixes where symbol.hasPrefix(prefix) {
            if prefixable.contains(symbol.dropFirst(prefix.count)) { return true }
        }
        return false
    }

    /// What may stand without a prefix.
    private static let symbols: Set<Substring> = prefixable.union([
        "d", "h", "min", "AU", "au", "Angstrom", "mas", "arcmin", "arcsec", "deg", "barn", "mag", "erg", "solLum",
        "solMass", "solRad", "pix", "pixel", "voxel", "beam", "bin", "chan", "ct", "count", "ph", "photon", "lyr",
    ])

    private static let prefixable: Set<Substring> = [
        "A", "a", "adu", "bit", "byte", "C", "cd", "D", "eV", "F", "G", "g", "H", "Hz", "J", "Jy", "K", "lm", "lx", "m",
        "mol", "N", "Ohm", "Pa", "pc", "R", "rad", "Ry", "s", "S", "sr", "T", "u", "V", "W", "Wb", "yr",
    ]

    private static let prefixes = [
        "da", "y", "z", "a", "f", "p", "n", "u", "m", "c", "d", "h", "k", "M", "G", "T", "P", "E", "Z", "Y",
    ]
}

/// Unified Content Descriptors (UCD1+): what a column is about, in the Virtual Observatory's words.
enum UCD {
    /// The descriptor where it is plain, else nil.
    static func of(_ column: RunTableColumn) -> String? {
        column.role == .fixed ? fixed[column.name] : units[column.unit]
    }

    private static let fixed: [String: String] = [
        "hash": "meta.id;meta.main", "code": "meta.code", "state": "meta.code.status", "verdict": "meta.code.class",
        "queued_at": "time.creation", "started_at": "time.start", "ended_at": "time.end", "run_time": "time.duration",
        "attempt_count": "meta.number", "model": "meta.modelled", "parent": "meta.id.parent",
        "iterations": "meta.number",
        "error": "meta.note", "message": "meta.note", "artifact": "meta.ref.url",
    ]

    /// By unit, as far as a unit alone tells what a quantity is.
    private static let units: [String: String] = [
        "K": "phys.temperature", "Pa": "phys.pressure", "hPa": "phys.pressure", "bar": "phys.pressure",
        "mol/mol": "phys.abund", "W m-2": "phys.flux.density", "W/m2": "phys.flux.density", "m": "phys.size",
    ]
}
