/// `input_clima.dat`: the settings of the climate, `NAME=` at the front of a line and its value after the eleventh column.
struct ClimateInputFile {
    private var lines: [[UInt8]]

    /// Takes the text of a file over.
    init(_ bytes: [UInt8]) {
        lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { Array($0) }
    }

    /// The file's bytes.
    var bytes: [UInt8] { Array(lines.joined(separator: [UInt8(ascii: "\n")])) }

    /// Sets a whole number; all else stays as it is.
    mutating func set(_ name: String, to value: Int) throws(AtmosInputError) {
        let label = "\(name)="
        guard let index = lines.firstIndex(where: { $0.starts(with: label.utf8) }) else {
            throw AtmosInputError(description: "Atmos's input_clima.dat has no setting \(name)")
        }
        let fields = FixedFields.ranges(in: lines[index])
        guard fields.count > 1 else {
            throw AtmosInputError(description: "the setting \(name) in Atmos's input_clima.dat has no value")
        }
        FixedFields.replace(fields[1], with: String(value), in: &lines[index])
    }
}
