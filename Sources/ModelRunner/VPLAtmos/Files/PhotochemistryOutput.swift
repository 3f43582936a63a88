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

/// One iteration of the photochemistry, as it is printed to the log and to `out.out`:
///
///     N =   40  EMAX = 6.25E-11 FOR OCS     AT Z = 4.18E+06 U = 1.53E-15 RHS =-9.55E-26  DT = 3.15E+18  TIME = 7.87E+17
struct PhotochemistryStep: Equatable {
    /// The number of the iteration; nil where it did not fit its field.
    let iteration: Int?
    /// The greatest relative change of any species at any height.
    let emax: Double
    /// The time that was reached, in seconds of the model.
    let time: Double
    /// Whether any number of the line is not one.
    let hasNaN: Bool

    /// Reads a line; nil where it is another one.
    init?(_ line: ArraySlice<UInt8>) {
        let line = line.unindented
        guard line.starts(with: "N =".utf8), let emax = line.number(after: "EMAX ="),
            let time = line.number(after: "TIME =")
        else { return nil }
        iteration = line.integer(after: "N =").flatMap { $0 > 0 ? $0 : nil }
        self.emax = emax
        self.time = time
        hasNaN = emax.isNaN || time.isNaN || line.contains(text: "NaN")
    }
}

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
