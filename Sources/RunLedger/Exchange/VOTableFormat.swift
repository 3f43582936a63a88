/// VOTable 1.4 in its TABLEDATA form, a run on each line. NULL is an empty cell; an empty text is too, but for a mark
/// that XML parsers skip (an empty CDATA section).
struct VOTableWriter: ExchangeWriter {
    let header: ExchangeHeader
    let columns: [RunTableColumn]

    var head: String {
        let fields = columns.map(field).joined(separator: "\n")
        return """
            <?xml version="1.0" encoding="UTF-8"?>
            <VOTABLE version="1.4" xmlns="http://www.ivoa.net/xml/VOTable/v1.3">
            <RESOURCE type="results">
            \(VOTableReader.mark)\(XMLText.escaped(header.json))"/>
            <TABLE name="\(header.table)" nrows="\(header.runs)">
            <DESCRIPTION>\(XMLText.escaped(header.title))</DESCRIPTION>
            \(fields)
            <DATA><TABLEDATA>

            """
    }

    func line(_ texts: [String?]) -> String {
        let cells = texts.map { text in
            text.map { "<TD>\($0.isEmpty ? VOTableReader.emptyText : XMLText.escaped($0))</TD>" } ?? "<TD></TD>"
        }
        return "<TR>\(cells.joined())</TR>\n"
    }

    var foot: String { "</TABLEDATA></DATA>\n</TABLE>\n</RESOURCE>\n</VOTABLE>\n" }

    private func field(_ column: RunTableColumn) -> String {
        let unit = VOUnit(column.unit)
        var attributes = "name=\"\(column.name)\" ID=\"\(column.name)\" \(column.votableType)"
        if let unit, !unit.text.isEmpty { attributes += " unit=\"\(XMLText.escaped(unit.text))\"" }
        if let ucd = UCD.of(column) { attributes += " ucd=\"\(ucd)\"" }
        if column.kind == .time { attributes += " xtype=\"timestamp\"" }
        // A unit without a VOUnit form is written in the description.
        let words = unit == nil ? "\(column.description) [\(column.unit)]" : column.description
        return "<FIELD \(attributes)><DESCRIPTION>\(XMLText.escaped(words))</DESCRIPTION></FIELD>"
    }
}

extension RunTableColumn {
    fileprivate var votableType: String {
        switch kind {
        case .real: "datatype=\"double\""
        case .integer, .unsigned: "datatype=\"long\""
        case .hash, .time: "datatype=\"char\" arraysize=\"*\""
        case .text: "datatype=\"unicodeChar\" arraysize=\"*\""
        }
    }
}

/// Reads the output of ``VOTableWriter``: the part of VOTable in which a run is on one line.
struct VOTableReader: ExchangeReader {
    /// The beginning of the header's line.
    static let mark = "<INFO name=\"\(ExchangeHeader.key)\" value=\""
    /// Distinguishes an empty text from NULL.
    static let emptyText = "<![CDATA[]]>"

    mutating func header(_ lines: LineReader) throws -> ExchangeHeader {
        guard let json = XMLText.unescaped(try lines.skip(to: Self.mark).dropLast(3)) else {
            throw ExchangeProblem(description: "cannot parse the description of the runs")
        }
        let header = try ExchangeHeader(json: json)
        while let line = try lines.next() {
            if line == "<DATA><TABLEDATA>" { return header }
        }
        throw ExchangeProblem(description: "the file lacks data in the form that an export writes")
    }

    mutating func next(_ lines: LineReader) throws -> [String?]? {
        guard let line = try lines.next() else { throw ExchangeProblem(description: "the file ends inside its data") }
        if line == "</TABLEDATA></DATA>" { return nil }
        let start = "<TR><TD>"
        let end = "</TD></TR>"
        guard line.hasPrefix(start), line.hasSuffix(end), line.utf8.count >= start.utf8.count + end.utf8.count else {
            throw ExchangeProblem(description: "the line is not a run in the form of an export: <TR><TD>…</TD></TR>")
        }
        return try line.dropFirst(start.count).dropLast(end.count).split(
            separator: "</TD><TD>", omittingEmptySubsequences: false
        ).map { cell in
            if cell.isEmpty { return nil }
            if cell == Self.emptyText { return "" }
            guard !cell.contains("<"), let text = XMLText.unescaped(cell) else {
                throw ExchangeProblem(description: "a cell is not plain text: \(cell.prefix(60))")
            }
            return text
        }
    }
}

/// Texts as XML.
enum XMLText {
    /// Returns the text as content or as an attribute's value, on one line. Characters that XML 1.0 cannot represent
    /// become U+FFFD.
    static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "\t", "\n", "\r": escaped += "&#\(scalar.value);"
            case _ where scalar.value < 0x20 || scalar.value == 0xFFFE || scalar.value == 0xFFFF:
                escaped += "\u{FFFD}"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    /// Undoes ``escaped(_:)``; `nil` for a reference that it does not write.
    static func unescaped(_ text: Substring) -> String? {
        guard text.utf8.contains(UInt8(ascii: "&")) else { return String(text) }
        var plain = ""
        var rest = text
        while let start = rest.firstIndex(of: "&") {
            plain += rest[..<start]
            guard let end = rest[start...].firstIndex(of: ";"),
                let character = references[rest[rest.index(after: start)..<end]]
            else { return nil }
            plain += character
            rest = rest[rest.index(after: end)...]
        }
        return plain + rest
    }

    private static let references: [Substring: String] = [
        "amp": "&", "lt": "<", "gt": ">", "quot": "\"", "#9": "\t", "#10": "\n", "#13": "\r",
    ]
}

/// A unit in the form of VOUnits 1.0, the Virtual Observatory's standard.
struct VOUnit: Equatable {
    /// Empty for a dimensionless quantity.
    let text: String

    /// Translates units such as `K`, `kg m-2`, `W/m2` or `mol/mol`.
    ///
    /// Symbols that are not in the standard are quoted, as it demands. Returns `nil` for a unit without a form, such as
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

    /// Translates `m-2` to `m**-2`.
    private static func term(_ term: Substring, isInverse: Bool) -> String? {
        let symbol = term.prefix { $0.isASCII && $0.isLetter }
        let digits = term.dropFirst(symbol.count)
        guard !symbol.isEmpty else { return nil }
        let isKnown = isKnown(symbol)
        var exponent = 1
        if !digits.isEmpty {
            // After an unknown symbol, a digit may be an exponent or a part of the name.
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

    /// Symbols that are valid without a prefix.
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

/// Unified Content Descriptors (UCD1+): the meaning of a column in the Virtual Observatory's words.
enum UCD {
    /// Returns the descriptor; `nil` if it is not obvious.
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

    /// By unit, if a unit alone determines the quantity.
    private static let units: [String: String] = [
        "K": "phys.temperature", "Pa": "phys.pressure", "hPa": "phys.pressure", "bar": "phys.pressure",
        "mol/mol": "phys.abund", "W m-2": "phys.flux.density", "W/m2": "phys.flux.density", "m": "phys.size",
    ]
}
