internal import Support

/// A list of points from a user, as comma-separated values with the parameters' names in the first line.
///
/// The columns may have any order. Parameters without a column keep their start value; the remainder's column may be
/// omitted. Empty lines and lines that start with `#` are ignored.
package struct PointList: Hashable, Sendable {
    package let points: [Point]

    /// The largest number of points in a list.
    package static let maxCount = 1_000_000

    /// - Throws: ``PointListError`` with all invalid lines, at most ``PointListError/maxLines``.
    package init(csv text: String, in space: Space) throws(PointListError) {
        var errors: [PointListError.Line] = []
        var columns: [Int]?
        var points: [Point] = []
        for (number, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let fields = line.split(separator: ",", omittingEmptySubsequences: false).map(Self.trimmed)
            if fields == [""] || line.hasPrefix("#") { continue }
            do {
                if let columns {
                    points.append(try Self.point(fields, columns, space))
                } else {
                    columns = try Self.columns(fields, space)
                }
            } catch {
                errors.append(PointListError.Line(number: number + 1, message: error.message))
                if columns == nil { break }
            }
            if points.count > Self.maxCount {
                errors.append(.init(number: number + 1, message: "a list has at most \(Self.maxCount) points"))
            }
            if errors.count == PointListError.maxLines { break }
        }
        if errors.isEmpty, points.isEmpty {
            errors = [
                .init(
                    number: 1,
                    message: "there are no points; write a line of parameter names, then a line for each point")
            ]
        }
        guard errors.isEmpty else { throw PointListError(lines: errors) }
        self.points = points
    }

    /// The error in a line.
    private struct Fault: Error {
        let message: String
    }

    private static func trimmed(_ field: Substring) -> String {
        var field = field
        while let first = field.first, first.isWhitespace { field.removeFirst() }
        while let last = field.last, last.isWhitespace { field.removeLast() }
        if field.count >= 2, field.first == "\"", field.last == "\"" { field = field.dropFirst().dropLast() }
        return String(field)
    }

    private static func columns(_ names: [String], _ space: Space) throws(Fault) -> [Int] {
        let known = space.parameters.map(\.name)
        var columns: [Int] = []
        for name in names {
            guard let index = known.firstIndex(of: name) else {
                let hint = ClosestName.of(name, among: known).map { "did you mean '\($0)'?" }
                throw Fault(
                    message: "there is no parameter '\(name)'; \(hint ?? "there are \(known.joined(separator: ", "))")")
            }
            guard !columns.contains(index) else { throw Fault(message: "duplicate column '\(name)'") }
            columns.append(index)
        }
        return columns
    }

    private static func point(_ fields: [String], _ columns: [Int], _ space: Space) throws(Fault) -> Point {
        guard fields.count == columns.count else {
            throw Fault(message: "there are \(fields.count) values for \(columns.count) columns")
        }
        var values = space.parameters.map(\.start)
        for (field, column) in zip(fields, columns) {
            let parameter = space.parameters[column]
            guard let value = ExactDecimal(field) else {
                throw Fault(
                    message: PointError.notANumber(name: parameter.name, text: field).description)
            }
            if parameter.kind == .mixingRatio, value < .zero || value > .one {
                throw Fault(message: PointError.notAMixingRatio(name: parameter.name, value: value).description)
            }
            values[column] = value
        }
        guard let completed = space.completed(values) else {
            throw Fault(message: "the sum of the mixing ratios exceeds 1")
        }
        if let wrong = columns.first(where: { completed[$0] != values[$0] }) {
            throw Fault(
                message: PointError.remainder(
                    name: space.parameters[wrong].name, value: values[wrong], rest: completed[wrong]
                ).description)
        }
        if let constraint = space.firstViolated(by: completed) {
            throw Fault(message: "the point violates the constraint '\(constraint.text)'")
        }
        return Point(values: completed)
    }
}

/// The reason why a text is not a list of points.
package struct PointListError: Error, Hashable, CustomStringConvertible {
    package struct Line: Hashable, Sendable {
        /// From 1.
        package let number: Int
        package let message: String
    }

    /// The largest number of reported lines.
    package static let maxLines = 20

    package let lines: [Line]

    package var description: String {
        lines.map { "\($0.number): \($0.message)" }.joined(separator: "\n")
    }
}
