/// `input_clima.dat`, the settings of the climate, or `input_photchem.dat`, those of the photochemistry: `NAME=` at the
/// beginning of a line and its value after the eleventh column.
struct ClimateInputFile {
    private let name: String
    private var lines: [[UInt8]]

    /// Reads a file.
    ///
    /// - Parameter name: its name in messages.
    init(_ bytes: [UInt8], name: String = "input_clima.dat") {
        self.name = name
        lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { Array($0) }
    }

    /// The file's bytes.
    var bytes: [UInt8] { Array(lines.joined(separator: [UInt8(ascii: "\n")])) }

    /// Sets a whole number; all other bytes stay unchanged.
    mutating func set(_ setting: String, to value: Int) throws(VPLAtmosInputError) {
        try set(setting, toText: String(value))
    }

    /// Sets a number; all other bytes stay unchanged.
    mutating func set(_ setting: String, toNumber value: Double) throws(VPLAtmosInputError) {
        try set(setting, toText: "\(value)")
    }

    private mutating func set(_ setting: String, toText text: String) throws(VPLAtmosInputError) {
        let label = "\(setting)="
        guard let index = lines.firstIndex(where: { $0.starts(with: label.utf8) }) else {
            throw VPLAtmosInputError(description: "Atmos's \(name) has no setting \(setting)")
        }
        let fields = FixedFields.ranges(in: lines[index])
        guard fields.count > 1 else {
            throw VPLAtmosInputError(description: "the setting \(setting) in Atmos's \(name) has no value")
        }
        FixedFields.replace(fields[1], with: text, in: &lines[index])
    }
}
