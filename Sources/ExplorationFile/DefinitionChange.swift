/// One thing in which two definitions of an exploration differ.
package struct DefinitionChange: Equatable, CustomStringConvertible {
    /// What it is, such as `parameter CO2`.
    package let subject: String
    /// Its lines in the registered definition and in the wanted one; nil where there is none.
    package let was: String?
    package let now: String?
    /// Why the wanted definition cannot follow the registered one; nil where it can.
    package let objection: String?

    package var description: String {
        let reason = objection.map { " (\($0))" } ?? ""
        return "\(subject)\(reason)\n    was: \(was ?? "nothing")\n    now: \(now ?? "nothing")"
    }
}

/// A definition that cannot follow the registered one of the same name.
package struct DefinitionContradiction: Error, CustomStringConvertible {
    let name: String
    let changes: [DefinitionChange]

    package var description: String {
        "the exploration '\(name)' is in the ledger with a definition that this one contradicts; give it another name, "
            + "or undo what differs:\n" + changes.map { "  \($0)" }.joined(separator: "\n")
    }
}
