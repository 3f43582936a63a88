internal import ExplorationFile
internal import Glibc
internal import ModelRunner
internal import ParameterSpace
internal import RunLedger
internal import Support

/// The summary of the survey of 2018: a line of column names, then a line for each completed run.
struct SurveyFile {
    private let path: String
    private let definition: ExplorationDefinition
    private let columns: SurveyColumns
    private let lines: LineReader
    private var reader = CSVReader()

    /// Reads the column names.
    ///
    /// - Throws: ``SettingError`` that names the file and the line.
    init(_ path: String, of definition: ExplorationDefinition) throws {
        self.path = path
        self.definition = definition
        lines = try LineReader(path: path, lineEnds: .any)
        do {
            guard let names = try reader.next(lines) else { throw SurveyError(description: "the file is empty") }
            columns = try SurveyColumns(names.map { $0 ?? "" }, of: definition)
        } catch {
            throw Self.error(error, path, lines.number)
        }
    }

    /// The next run; `nil` after the last.
    ///
    /// - Throws: ``SettingError`` that names the file and the line.
    mutating func next() throws -> SurveyRow? {
        do {
            while let fields = try reader.next(lines) {
                // Some files end with an empty line.
                if fields.count == 1, fields[0] == nil { continue }
                return try SurveyRow(fields, columns, of: definition)
            }
            return nil
        } catch {
            throw Self.error(error, path, lines.number)
        }
    }

    private static func error(_ problem: any Error, _ path: String, _ line: Int) -> any Error {
        if problem is LedgerError { return problem }
        return SettingError(description: "\(path), line \(max(1, line)): \(problem); nothing was imported")
    }
}

/// One run of the survey: a point, and the outputs of Atmos there.
struct SurveyRow: Sendable {
    let point: QueuedPoint
    /// The outputs in the exploration's order.
    let outputs: [Double?]
    /// The survey's name for the run.
    let name: String?

    /// A number with more digits than this is the decimal expansion of a binary number, whose last digits are noise.
    private static let exactDigits = 15
    private static let keptDigits = 12

    /// Reads a line's fields.
    ///
    /// - Throws: ``SurveyError`` for an invalid number, and for a point that the exploration does not have.
    init(_ fields: [String?], _ columns: SurveyColumns, of definition: ExplorationDefinition) throws(SurveyError) {
        guard fields.count == columns.count else {
            throw SurveyError(description: "there are \(fields.count) values instead of \(columns.count)")
        }
        let space = definition.space
        var values: [ExactDecimal] = []
        for (parameter, column) in zip(space.parameters, columns.parameters) {
            if let column {
                values.append(try Self.value(fields[column], of: parameter))
            } else {
                values.append(parameter.start)
            }
        }
        guard let point = space.point(completing: values) else {
            throw SurveyError(description: "the sum of the mixing ratios is above 1")
        }
        self.point = QueuedPoint(
            hash: space.hash(of: point).bytes, code: point.code, values: point.values.map(\.doubleValue))
        outputs = columns.outputs.map { column in
            column.flatMap { fields[$0] }.flatMap(Double.init).flatMap { $0.isFinite ? $0 : nil }
        }
        name = columns.hash.flatMap { fields[$0] }
    }

    private static func value(_ field: String?, of parameter: Parameter) throws(SurveyError) -> ExactDecimal {
        guard let field, let number = Double(field), var value = ExactDecimal(field) ?? ExactDecimal("\(number)") else {
            throw SurveyError(
                description: "invalid input_\(parameter.name) '\((field ?? "").prefix(60))': expected a number")
        }
        guard parameter.kind != .mixingRatio || (value >= .zero && value <= .one) else {
            throw SurveyError(
                description: "invalid input_\(parameter.name) '\(value)': expected a mixing ratio from 0 to 1")
        }
        let digits = field.prefix { $0 != "e" && $0 != "E" }.drop { "-+0.".contains($0) }.filter(\.isNumber).count
        if digits > exactDigits, number != 0 {
            let decimals = keptDigits - 1 - Int(log10(number.magnitude).rounded(.down))
            value = value.rounded(toDecimals: min(max(0, decimals), ExactDecimal.decimals))
        }
        return value
    }
}

/// The columns of the survey's summary that an exploration uses.
struct SurveyColumns: Sendable {
    /// The column of each parameter. `nil` if the summary does not have the parameter, which is the remainder or keeps
    /// its start value.
    let parameters: [Int?]
    /// The column of each output of the exploration; `nil` if the summary does not have it.
    let outputs: [Int?]
    /// The column of the survey's name for a run.
    let hash: Int?
    /// The number of columns.
    let count: Int

    /// Finds the columns.
    ///
    /// - Throws: ``SurveyError`` if the summary lacks a varied parameter or all outputs of the exploration.
    init(_ names: [String], of definition: ExplorationDefinition) throws(SurveyError) {
        func column(_ name: String) -> Int? { names.firstIndex(of: name) }
        guard Set(names).count == names.count else {
            throw SurveyError(description: "a column appears twice")
        }
        count = names.count
        hash = column("hash")
        var parameters: [Int?] = []
        for parameter in definition.space.parameters {
            let index = column("input_\(parameter.name)")
            switch parameter.role {
            case .remainder: parameters.append(nil)
            case .axis where index == nil:
                throw SurveyError(
                    description: "the column input_\(parameter.name), which '\(definition.name)' varies, is missing")
            case .axis, .fixed: parameters.append(index)
            }
        }
        self.parameters = parameters
        let known = Self.outputs(of: names)
        outputs = definition.model.outputs.map { known[$0.name] }
        guard outputs.contains(where: { $0 != nil }) else {
            throw SurveyError(
                description: "no column is an output of '\(definition.name)': is its model Atmos?")
        }
    }

    /// The columns by the names of Atmos's outputs.
    private static func outputs(of names: [String]) -> [String: Int] {
        var outputs: [String: Int] = [:]
        for (index, name) in names.enumerated() {
            if name == "temperature_kelvin" { outputs[VPLAtmosOutputs.surfaceTemperature] = index }
            if name == "pressure_bar" { outputs[VPLAtmosOutputs.surfacePressure] = index }
            for (prefix, output) in [("concentration_", VPLAtmosOutputs.mixingRatio), ("flux_", VPLAtmosOutputs.flux)]
            where name.hasPrefix(prefix) {
                outputs[output(String(name.dropFirst(prefix.count)))] = index
            }
        }
        return outputs
    }
}

/// The reason why a summary is invalid. The description completes a sentence that starts with the file and the line.
struct SurveyError: Error, CustomStringConvertible {
    let description: String
}
