internal import ExplorationFile

/// What a `{{ … }}` of a template stands for.
enum TemplateScalar: Hashable {
    case text(String)
    case integer(Int)
    case decimal(Double)
    case boolean(Bool)

    /// Nil for what is no single value: nothing, a list, a mapping, a number that is none.
    init?(_ value: Any?) {
        switch value {
        case let text as String: self = .text(text)
        case let boolean as Bool: self = .boolean(boolean)
        case let integer as Int: self = .integer(integer)
        case let number as Double where number.isFinite: self = .decimal(number)
        // Numbers that are written in a template.
        case let number as Float where number.isFinite: self = .decimal(Double("\(number)") ?? Double(number))
        default: return nil
        }
    }

    /// As a part of a text.
    var text: String {
        switch self {
        case .text(let text): text
        case .integer(let integer): "\(integer)"
        case .decimal(let number): number == number.rounded() && abs(number) < 1e15 ? "\(Int(number))" : "\(number)"
        case .boolean(let boolean): "\(boolean)"
        }
    }

    /// As an amount that one can calculate with; nil where it is none.
    var quantity: Quantity? {
        switch self {
        case .text(let text): Quantity(text)
        case .integer(let integer): Quantity(whole: integer)
        case .decimal(let number): Quantity(billionths: Int128((number * 1e9).rounded()))
        case .boolean: nil
        }
    }

    /// Whether it is a number, written without a suffix.
    var isNumber: Bool {
        switch self {
        case .text(let text): text.last?.isNumber == true && quantity != nil
        case .integer, .decimal: true
        case .boolean: false
        }
    }

    /// The amount as a number where that is what it was calculated from, else as Kubernetes writes it.
    static func amount(_ quantity: Quantity, asNumber: Bool) -> Any {
        guard asNumber else { return quantity.description }
        return quantity.billionths % Quantity.unit == 0
            ? Int(quantity.billionths / Quantity.unit) : quantity.doubleValue
    }
}
