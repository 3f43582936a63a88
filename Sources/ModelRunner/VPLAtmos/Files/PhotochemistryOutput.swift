/// The photochemistry's report, `out.out`.
struct PhotochemistryOutput: Equatable {
    /// The last iteration; `nil` if none can be read.
    let lastStep: PhotochemistryStep?

    /// The fluxes through the surface in molecules cm⁻² s⁻¹, positive upward, by species; `nil` if the file has no complete
    /// table of them.
    let surfaceFluxes: [String: Double]?

    /// The column of ozone in molecules cm⁻²; `nil` if the file does not name it.
    let ozoneColumn: Double?

    /// The imbalance of the redox budget in molecules cm⁻² s⁻¹; `nil` if the file does not name it.
    let redoxImbalance: Double?

    /// Reads the whole file.
    init(_ bytes: [UInt8]) {
        let lines = OutputLines(bytes).lines
        var lastStep: PhotochemistryStep?
        var tableStart: Int?
        var ozoneColumn: Double?
        var redoxImbalance: Double?
        for (index, line) in lines.enumerated() {
            if let step = PhotochemistryStep(line) {
                lastStep = step
            } else if line.unindented.starts(with: "FLUXES OF LONG-LIVED SPECIES".utf8) {
                tableStart = index + 1
            } else if line.unindented.starts(with: "OZONE COLUMN DEPTH =".utf8) {
                ozoneColumn = line.number(after: "OZONE COLUMN DEPTH =")
            } else if line.unindented.starts(with: "oxid_in =".utf8) {
                redoxImbalance = line.number(after: "redox =")
            }
        }
        self.lastStep = lastStep
        self.ozoneColumn = ozoneColumn
        self.redoxImbalance = redoxImbalance
        surfaceFluxes = tableStart.flatMap { Self.firstRows(lines[$0...]) }
    }

    /// Reads the surface's row of each block. The table consists of blocks with some species each: a line of names that
    /// begins with `Z`, then a line for each height from the surface up. Any other line ends the table.
    private static func firstRows(_ lines: ArraySlice<ArraySlice<UInt8>>) -> [String: Double]? {
        var fluxes: [String: Double] = [:]
        var names: [String]?
        for line in lines {
            let fields = line.fields
            guard let first = fields.first else { continue }
            if first.elementsEqual("Z".utf8) {
                // Two successive lines of names: a block without rows.
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

/// One iteration of the photochemistry, a line of the log and of `out.out`:
///
///     N =   40  EMAX = 6.25E-11 FOR OCS     AT Z = 4.18E+06 U = 1.53E-15 RHS =-9.55E-26  DT = 3.15E+18  TIME = 7.87E+17
struct PhotochemistryStep: Equatable {
    /// The number of the iteration; `nil` if it did not fit its field.
    let iteration: Int?
    /// The largest relative change of any species at any height.
    let emax: Double
    /// The model time in seconds.
    let time: Double
    /// Whether the line contains NaN.
    let hasNaN: Bool

    /// Reads a line; `nil` for any other line.
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
