/// The climate's report, `clima_allout.tab`.
struct ClimateOutput: Equatable {
    /// The state at the surface, the last row of the temperature table.
    struct Surface: Equatable {
        /// In bar.
        let pressure: Double
        /// In K.
        let temperature: Double
    }

    /// One level of the temperature table.
    struct Level: Equatable {
        /// In km.
        let altitude: Double
        /// In K.
        let temperature: Double
    }

    /// The row of the surface in the temperature table.
    static let surfaceRow = 101

    /// The number of steps over which residuals are averaged. In a single step they jump if the top of the convection
    /// moves by a level, and DT(ND) is small for a few steps while the temperature turns.
    static let averagedSteps = 50

    /// The last step; `nil` if none can be read.
    let lastStep: ClimateStep?
    /// The mean of DIVFrms over the last steps.
    let meanDivergence: Double
    /// The mean of the absolute DT(ND) over the last steps, in K.
    let meanSurfaceChange: Double
    /// The surface in the table after the last step; `nil` if that table is missing or incomplete.
    let surface: Surface?
    /// The levels in that table from the surface up; empty if it is missing or incomplete.
    let levels: [Level]
    /// Whether all numbers of that table are finite.
    let isFinite: Bool
    /// The last planetary albedo; `nil` if the file does not name it.
    let planetaryAlbedo: Double?

    /// Reads the whole file.
    ///
    /// It has a temperature table after the first step and one after the last, each between two identical lines of names.
    init(_ bytes: [UInt8]) {
        var steps: [ClimateStep] = []
        var table = Table()
        var albedo: Double?
        for line in OutputLines(bytes).lines {
            if let step = ClimateStep(line) {
                steps.append(step)
                table = Table()
            } else if line.unindented.starts(with: "PLANETARY ALBEDO:".utf8) {
                albedo = line.number(after: "ALBP =")
            } else {
                table.read(line)
            }
        }
        planetaryAlbedo = albedo
        lastStep = steps.last
        let averaged = steps.suffix(Self.averagedSteps)
        let count = Double(max(averaged.count, 1))
        meanDivergence = averaged.reduce(0) { $0 + $1.divergence.magnitude } / count
        meanSurfaceChange = averaged.reduce(0) { $0 + $1.surfaceChange.magnitude } / count
        surface = table.surface
        levels = table.surface == nil ? [] : table.levels.reversed()
        isFinite = table.isFinite
    }

    /// A temperature table: `J P ALT T CONVEC DT …`, one row for each level from the top down.
    private struct Table {
        private(set) var surface: Surface?
        private(set) var isFinite = true
        private(set) var levels: [Level] = []
        private var nextRow: Int?
        private var columns = 0

        mutating func read(_ line: ArraySlice<UInt8>) {
            if let nextRow {
                readRow(line, nextRow)
            } else if surface == nil, Self.isHeader(line) {
                nextRow = 1
                levels = []
                columns = line.fields.count
            }
        }

        private mutating func readRow(_ line: ArraySlice<UInt8>, _ row: Int) {
            nextRow = nil
            let fields = line.fields
            guard fields.count == columns, let index = Int(String(decoding: fields[0], as: UTF8.self)), index == row
            else { return }
            let numbers = fields.dropFirst().map { FortranNumber.value($0) ?? .nan }
            if !numbers.allSatisfy(\.isFinite) { isFinite = false }
            levels.append(Level(altitude: numbers[1], temperature: numbers[2]))
            if row < ClimateOutput.surfaceRow {
                nextRow = row + 1
            } else if numbers[1] == 0 {
                surface = Surface(pressure: numbers[0], temperature: numbers[2])
            }
        }

        private static func isHeader(_ line: ArraySlice<UInt8>) -> Bool {
            let names = line.fields.prefix(5).map { String(decoding: $0, as: UTF8.self) }
            return names == ["J", "P", "ALT", "T", "CONVEC"]
        }
    }
}

/// One step of the climate, a line of `clima_allout.tab`:
///
///     NST=   400 JCONV= 74 CHG=1.12E-03 dt0=1.00E+04 DIVF(1)=-3.78E-05 DIVFrms= 2.15E-03 DT(ND)=-1.09E-03 T(ND)=2.8743E+02
struct ClimateStep: Equatable {
    /// The number of the step, from 1.
    let number: Int
    /// DIVFrms: the root mean square of the divergence of the flux over all levels.
    let divergence: Double
    /// DT(ND): the last change of the temperature of the lowest level, the surface, in K.
    let surfaceChange: Double
    /// The surface temperature, in K.
    let surfaceTemperature: Double
    /// Whether all numbers of the line are finite.
    let isFinite: Bool

    /// Reads a line; `nil` for any other line.
    init?(_ line: ArraySlice<UInt8>) {
        let line = line.unindented
        guard line.starts(with: "NST=".utf8), let number = line.integer(after: "NST="), number > 0,
            let divergence = line.number(after: "DIVFrms="), let change = line.number(after: "DT(ND)="),
            let temperature = line.number(after: " T(ND)=")
        else { return nil }
        self.number = number
        self.divergence = divergence
        surfaceChange = change
        surfaceTemperature = temperature
        let others = ["CHG=", "dt0=", "DIVF(1)="].map { line.number(after: $0) ?? .nan }
        isFinite = ([divergence, change, temperature] + others).allSatisfy(\.isFinite)
    }
}
