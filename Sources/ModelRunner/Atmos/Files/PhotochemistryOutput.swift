/// What the photochemistry says of itself in `out.out`.
struct PhotochemistryOutput: Equatable {
    /// The last iteration; nil where there is none that can be read.
    let lastStep: PhotochemistryStep?

    /// The fluxes through the surface in molecules cm⁻² s⁻¹, upward ones positive, by species; nil where the file has no
    /// table of them, or not the whole of it.
    let surfaceFluxes: [String: Double]?

    /// Reads the whole file.
    init(_ bytes: [UInt8]) {
        let lines = OutputLines(bytes).lines
        var lastStep: PhotochemistryStep?
        var tableStart: Int?
        for (index, line) in lines.enumerated() {
            if let step = PhotochemistryStep(line) {
                lastStep = step
            } else if line.unindented.starts(with: "FLUXES OF LONG-LIVED SPECIES".utf8) {
                tableStart = index + 1
            }
        }
        self.lastStep = lastStep
        surfaceFluxes = tableStart.flatMap { Self.firstRows(lines[$0...]) }
    }

    /// The table comes in blocks of some species each: a line of names that begins with `Z`, then a line for each height
    /// from the surface up. A line of another kind ends it.
    private static func firstRows(_ lines: ArraySlice<ArraySlice<UInt8>>) -> [String: Double]? {
        var fluxes: [String: Double] = [:]
        var names: [String]?
        for line in lines {
            let fields = line.fields
            guard let first = fields.first else { continue }
            if first.elementsEqual("Z".utf8) {
                // Two lines of names in a row: a block without rows.
                guard names == nil else { return nil }
                names = fields.dropFirst().map { String(decoding: $0, as: UTF8.self) }
            } else if let species = names {
                guard fields.count == species.count + 1, FortranNumber.value(first) == 0 else { return nil }
                for (name, field) in zip(species, fields.dropFirst()) { fluxes[name] = FortranNumber.value(field) }
                names = nil
            } else if FortranNumber.value(first) == nil {
                return fluxes.isEmpty ? nil : fluxes
            }
        }
        return nil
    }
}
