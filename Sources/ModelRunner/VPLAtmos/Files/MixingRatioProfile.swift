/// `PTZ_mixingratios_out.dist`: a line of names, then a line for each layer from the surface up.
struct MixingRatioProfile: Equatable {
    /// The finite numbers of the first row by the names of their columns: `PRESS` (bar), `TEMP` (K), `ALT` (cm), and the
    /// mixing ratio of each species.
    let surface: [String: Double]

    /// Reads the lowest layer; `nil` if the first two lines are invalid.
    init?(_ bytes: [UInt8]) {
        let lines = OutputLines(bytes).lines.prefix(2)
        guard lines.count == 2, let names = Self.names(lines[0]), let row = Self.row(lines[1], names.count) else {
            return nil
        }
        surface = Dictionary(zip(names, row)) { first, _ in first }.filter { $0.value.isFinite }
    }

    /// The numbers of all layers by the names of their columns; `nil` if a line is invalid.
    static func columns(_ bytes: [UInt8]) -> [String: [Double]]? {
        let lines = OutputLines(bytes).lines
        guard lines.count >= 2, let names = names(lines[0]) else { return nil }
        var columns = [[Double]](repeating: [], count: names.count)
        for line in lines.dropFirst() where !line.fields.isEmpty {
            guard let row = row(line, names.count) else { return nil }
            for (index, number) in row.enumerated() { columns[index].append(number) }
        }
        return Dictionary(zip(names, columns)) { first, _ in first }
    }

    private static func names(_ line: ArraySlice<UInt8>) -> [String]? {
        let names = line.fields.map { String(decoding: $0, as: UTF8.self) }
        return names.prefix(3) == ["PRESS", "TEMP", "ALT"] ? names : nil
    }

    private static func row(_ line: ArraySlice<UInt8>, _ count: Int) -> [Double]? {
        let fields = line.fields
        guard fields.count == count else { return nil }
        let numbers = fields.compactMap { FortranNumber.value($0) }
        return numbers.count == count ? numbers : nil
    }
}
