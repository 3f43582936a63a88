internal import Support

/// A column of an exploration's table of runs, as people and files see it.
public struct RunTableColumn: Sendable, Hashable {
    /// What its values are, besides NULL.
    public enum Kind: String, Sendable {
        /// 32 bytes, shown as 64 hexadecimal digits.
        case hash
        case text
        /// A floating-point number of 64 bits.
        case real
        /// A whole number of 64 bits with a sign.
        case integer
        /// A whole number of 64 bits without a sign.
        case unsigned
        /// A date and time in UTC: `2026-01-31T12:00:00.000000`.
        case time
    }

    /// What it is of a run.
    public enum Role: Sendable, Hashable {
        case parameter
        case output
        /// What the ledger itself keeps of every run.
        case fixed
    }

    /// The column's name.
    public let name: String
    /// What its values are.
    public let kind: Kind
    /// What it is of a run.
    public let role: Role
    /// The unit; empty for what has none.
    public let unit: String
    /// What it is, in a few words.
    public let description: String

    /// The column as it is selected to be read: hashes as hexadecimal digits, times as ISO 8601.
    var selected: SQL { selected("\(identifier)") }

    /// A value of the column's kind as it is selected to be read.
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
    /// All columns that hold something of their own, in the order in which people read them: `hash_hex`, which repeats
    /// the hash, is not among them.
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
    /// The columns of its table of runs, in the order in which people read them.
    public var columns: [RunTableColumn] {
        get throws { try RunTable(id: 0, self).columns }
    }
}

/// What the ledger itself keeps of every run.
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
        column(RunColumns.worker, .text, "who made the latest attempt"),
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
