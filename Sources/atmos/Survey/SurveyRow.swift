internal import ExplorationFile
internal import Glibc
internal import ParameterSpace
internal import RunLedger

/// One run of the survey: a point, and what Atmos gave for it.
struct SurveyRow: Sendable {
    let point: QueuedPoint
    /// In the exploration's order.
    let outputs: [Double?]
    /// The survey's own name for it.
    let name: String?

    /// Digits beyond these are the traces of a binary number that was printed, and so are the last of as many.
    private static let exactDigits = 15
    private static let keptDigits = 12

    /// Reads a line's fields.
    ///
    /// - Throws: ``SurveyProblem`` for what is no number, and for what is no point of the exploration.
    init(_ fields: [String?], _ columns: SurveyColumns, of definition: ExplorationDefinition) throws(SurveyProblem) {
        guard fields.count == columns.count else {
            throw SurveyProblem(description: "there are \(fields.count) values instead of \(columns.count)")
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
            throw SurveyProblem(description: "the mixing ratios are more than 1 in sum")
        }
        self.point = QueuedPoint(
            hash: space.hash(of: point).bytes, code: point.code, values: point.values.map(\.doubleValue))
        outputs = columns.outputs.map { column in
            column.flatMap { fields[$0] }.flatMap(Double.init).flatMap { $0.isFinite ? $0 : nil }
        }
        name = columns.hash.flatMap { fields[$0] }
    }

    private static func value(_ field: String?, of parameter: Parameter) throws(SurveyProblem) -> ExactDecimal {
        guard let field, let number = Double(field), var value = ExactDecimal(field) ?? ExactDecimal("\(number)") else {
            throw SurveyProblem(
                description: "input_\(parameter.name) is '\((field ?? "").prefix(60))', which is no number")
        }
        guard parameter.kind != .mixingRatio || (value >= .zero && value <= .one) else {
            throw SurveyProblem(description: "input_\(parameter.name) is \(value), which is no mixing ratio")
        }
        let digits = field.prefix { $0 != "e" && $0 != "E" }.drop { "-+0.".contains($0) }.filter(\.isNumber).count
        if digits > exactDigits, number != 0 {
            let decimals = keptDigits - 1 - Int(log10(number.magnitude).rounded(.down))
            value = value.rounded(toDecimals: min(max(0, decimals), ExactDecimal.decimals))
        }
        return value
    }
}
