/// What the climate says of itself in `clima_allout.tab`.
struct ClimateOutput: Equatable {
    /// The state at the surface, the last row of the temperature table.
    struct Surface: Equatable {
        /// In bar.
        let pressure: Double
        /// In K.
        let temperature: Double
    }

    /// The row of the surface in the temperature table.
    static let surfaceRow = 101

    /// The last step; nil where there is none that can be read.
    let lastStep: ClimateStep?
    /// The surface in the table that follows the last step; nil where that table is missing or not whole.
    let surface: Surface?
    /// Whether all numbers of that table are finite.
    let isFinite: Bool

    /// Reads the whole file.
    ///
    /// There is a temperature table after the first step and one after the last, each between two lines of the same names.
    init(_ bytes: [UInt8]) {
        var lastStep: ClimateStep?
        var table = Table()
        for line in OutputLines(bytes).lines {
            if let step = ClimateStep(line) {
                lastStep = step
                table = Table()
            } else {
                table.read(line)
            }
        }
        self.lastStep = lastStep
        surface = table.surface
        isFinite = table.isFinite
    }

    /// A temperature table: `J P ALT T CONVEC DT …`, one row for each level from the top down.
    private struct Table {
        private(set) var surface: Surface?
        private(set) var isFinite = true
        private var nextRow: Int?
        private var columns = 0

        mutating func read(_ line: ArraySlice<UInt8>) {
            if let nextRow {
                readRow(line, nextRow)
            } else if surface == nil, Self.isHeader(line) {
                nextRow = 1
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
