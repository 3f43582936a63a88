/// The lowest layer of `PTZ_mixingratios_out.dist`: a line of names, then a line for each layer from the surface up.
struct MixingRatioProfile: Equatable {
    /// The first row's numbers by the names of their columns: `PRESS` (bar), `TEMP` (K), `ALT` (cm), and the mixing ratio
    /// of each species. Without those that are not finite.
    let surface: [String: Double]

    /// Reads the file; nil where its first two lines are not what they should be.
    init?(_ bytes: [UInt8]) {
        let lines = OutputLines(bytes).lines
        guard lines.count >= 2 else { return nil }
        let names = lines[0].fields.map { String(decoding: $0, as: UTF8.self) }
        let row = lines[1].fields
        guard names.prefix(3) == ["PRESS", "TEMP", "ALT"], row.count == names.count else { return nil }
        var surface: [String: Double] = [:]
        for (name, field) in zip(names, row) {
            guard let value = FortranNumber.value(field) else { return nil }
            if value.isFinite { surface[name] = value }
        }
        self.surface = surface
    }
}
