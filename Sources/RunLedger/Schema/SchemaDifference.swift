/// How a definition's columns contradict the registered ones.
struct SchemaDifference: CustomStringConvertible {
    /// What differs, such as “parameter 2”.
    let subject: String
    /// What is registered, and what is wanted; nil where there is none.
    let was: String?
    let now: String?

    var description: String { "  \(subject)\n    was: \(was ?? "nothing")\n    now: \(now ?? "nothing")" }

    /// Outputs may be added at the end; everything else must be as it was. Descriptions may change.
    ///
    /// - Returns: all that cannot be brought together; empty where the definition fits.
    static func contradictions(registered: ExplorationSchema, wanted: ExplorationSchema) -> [SchemaDifference] {
        var found: [SchemaDifference] = []
        if registered.table != wanted.table {
            found.append(SchemaDifference(subject: "table", was: registered.table, now: wanted.table))
        }
        return found + compare("parameter", registered.parameters, wanted.parameters, mayGrow: false)
            + compare("output", registered.outputs, wanted.outputs, mayGrow: true)
    }

    private static func compare(
        _ role: String, _ old: [ExplorationSchema.Column], _ new: [ExplorationSchema.Column], mayGrow: Bool
    ) -> [SchemaDifference] {
        (0..<max(old.count, new.count)).compactMap { position in
            let was = position < old.count ? old[position] : nil
            let now = position < new.count ? new[position] : nil
            if was?.name == now?.name && was?.unit == now?.unit || was == nil && mayGrow { return nil }
            return SchemaDifference(subject: "\(role) \(position + 1)", was: was.map(text), now: now.map(text))
        }
    }

    private static func text(_ column: ExplorationSchema.Column) -> String {
        column.unit.isEmpty ? column.name : "\(column.name), in \(column.unit)"
    }
}
