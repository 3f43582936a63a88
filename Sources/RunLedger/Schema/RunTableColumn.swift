internal import Support

/// A column of an exploration's table of runs, as users and files see it.
public struct RunTableColumn: Sendable, Hashable {
    /// The kind of its values, apart from NULL.
    public enum Kind: String, Sendable {
        /// 32 bytes, shown as 64 hexadecimal digits.
        case hash
        case text
        /// A floating-point number of 64 bits.
        case real
        /// A signed whole number of 64 bits.
        case integer
        /// An unsigned whole number of 64 bits.
        case unsigned
        /// A date and time in UTC: `2026-01-31T12:00:00.000000`.
        case time
    }

    /// The role of the column for a run.
    public enum Role: Sendable, Hashable {
        case parameter
        case output
        /// One of the columns that every table of runs has.
        case fixed
    }

    /// The column's name.
    public let name: String
    /// The kind of its values.
    public let kind: Kind
    /// The role of the column for a run.
    public let role: Role
    /// The unit; empty if it does not have one.
    public let unit: String
    /// A short description.
    public let description: String

    /// The expression that selects the column for a reader: hashes as hexadecimal digits, times as ISO 8601.
    var selected: SQL { selected("\(identifier)") }

    /// The expression that selects a value of the column's kind for a reader.
    func selected(_ value: SQL) -> SQL {
        switch kind {
        case .hash: "LOWER(HEX(\(value)))"
        case .time: "DATE_FORMAT(\(value), '%Y-%m-%dT%H:%i:%s.%f')"
        case .text, .real, .integer, .unsigned: value
        }
    }

    var identifier: Identifier { Identifier(checked: name) }
}

extension RunTable {
    /// All columns in the order in which users read them, without `hash_hex`, which repeats the hash.
    var columns: [RunTableColumn] {
        func own(_ schema: [ExplorationSchema.Column], _ role: RunTableColumn.Role) -> [RunTableColumn] {
            schema.map {
                RunTableColumn(
                    name: $0.name, kind: .real, role: role, unit: $0.unit, description: $0.description)
            }
        }
        return FixedColumns.point + own(exploration.parameters, .parameter) + FixedColumns.state
            + own(exploration.outputs, .output) + FixedColumns.run
    }
}

extension RegisteredExploration {
    /// The columns of its table of runs, in the order in which users read them.
    public var columns: [RunTableColumn] {
        get throws { try RunTable(id: 0, self).columns }
    }
}

/// The columns that every table of runs has.
enum FixedColumns {
    static let point = [
        column(RunColumns.hash, .hash, "SHA-256 of the point: its key"),
        column(RunColumns.code, .text, "the parameters as exact decimals, in their declared order"),
    ]

    static let state = [
        column(RunColumns.state, .text, "queued, running, error or completed"),
        column(RunColumns.verdict, .text, "of a completed run: stable or unstable"),
    ]

    static let run = [
        column(RunColumns.queuedAt, .time, "when the point was put in the ledger, UTC"),
        column(RunColumns.startedAt, .time, "when the latest attempt began, UTC"),
        column(RunColumns.endedAt, .time, "when the latest attempt ended, UTC"),
        column(RunColumns.runTime, .real, "how long the latest attempt took", unit: "s"),
        column(RunColumns.attemptCount, .integer, "attempts so far"),
        column(RunColumns.worker, .text, "the worker of the latest attempt"),
        column(RunColumns.model, .text, "the model of the latest attempt"),
        column(RunColumns.modelVersion, .text, "the model's version: a digest of its executable or image"),
        column(RunColumns.parent, .hash, "key of the point that this one was reached from"),
        column(RunColumns.iterations, .integer, "how many iterations the model took"),
        column(RunColumns.error, .text, "why the latest attempt failed"),
        column(RunColumns.message, .text, "what the model says of its verdict, or why no more attempts are made"),
        column(RunColumns.artifact, .text, "where the files of the run are kept"),
        column(RunColumns.token, .unsigned, "fencing token of the latest attempt; 0 before the first"),
    ]

    private static func column(
        _ name: Identifier, _ kind: RunTableColumn.Kind, _ description: String, unit: String = ""
    ) -> RunTableColumn {
        RunTableColumn(name: name.text, kind: kind, role: .fixed, unit: unit, description: description)
    }
}

/// A valid date and time in UTC, as the text of a column's value.
struct LedgerTime: Hashable, Sendable {
    /// `2026-01-31T12:00:00.000000`
    let text: String

    /// Reads `2026-01-31`, optionally followed by a `T` or a blank, hours and minutes, seconds, a fraction of up to six
    /// digits, and a `Z`; `nil` for any other text, or if that day or hour does not exist.
    init?(_ text: String) {
        var rest = Digits(text)
        guard let year = rest.take(4...4), rest.take("-"), let month = rest.take(2...2), rest.take("-"),
            let day = rest.take(2...2), (1...12).contains(Int(month)!),
            (1...Self.days(of: Int(month)!, Int(year)!)).contains(Int(day)!)
        else { return nil }
        var (hour, minute, second, fraction) = ("00", "00", "00", "")
        if rest.take("T") || rest.take(" ") {
            guard let hours = rest.take(2...2), rest.take(":"), let minutes = rest.take(2...2) else { return nil }
            (hour, minute) = (hours, minutes)
            if rest.take(":") {
                guard let seconds = rest.take(2...2) else { return nil }
                second = seconds
                if rest.take(".") {
                    guard let digits = rest.take(1...6) else { return nil }
                    fraction = digits
                }
            }
            _ = rest.take("Z")
        }
        guard rest.isEmpty, Int(hour)! < 24, Int(minute)! < 60, Int(second)! < 60 else { return nil }
        let zeros = String(repeating: "0", count: 6 - fraction.count)
        self.text = "\(year)-\(month)-\(day)T\(hour):\(minute):\(second).\(fraction)\(zeros)"
    }

    /// Removes digits and signs from the front of a text. Files of runs contain millions of times, for which a regular
    /// expression is too slow.
    private struct Digits {
        private var rest: Substring.UTF8View

        init(_ text: String) { rest = text[...].utf8 }

        var isEmpty: Bool { rest.isEmpty }

        /// Removes all leading digits, if their number is in `count`.
        mutating func take(_ count: ClosedRange<Int>) -> String? {
            let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            guard count.contains(digits.count) else { return nil }
            rest = rest[digits.endIndex...]
            return String(Substring(digits))
        }

        mutating func take(_ sign: Unicode.Scalar) -> Bool {
            guard rest.first == UInt8(ascii: sign) else { return false }
            rest.removeFirst()
            return true
        }
    }

    private static func days(of month: Int, _ year: Int) -> Int {
        switch month {
        case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}
