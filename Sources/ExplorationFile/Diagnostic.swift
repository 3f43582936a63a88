/// One thing that is wrong with a definition, and where.
package struct Diagnostic: Hashable, Sendable, CustomStringConvertible {
    /// Line and column, from 1.
    package let line: Int
    package let column: Int
    /// What is wrong and what would be right, in one sentence.
    package let message: String

    package var description: String {
        "\(line):\(column): \(message)"
    }
}

/// A definition that cannot be used, with all that is wrong with it.
package struct DefinitionError: Error, CustomStringConvertible {
    /// The file as the user named it.
    package let file: String
    package let diagnostics: [Diagnostic]

    /// - Parameter list: what was found, in any order.
    package init(file: String, diagnostics list: [Diagnostic]) {
        self.file = file
        diagnostics = list.sorted { ($0.line, $0.column) < ($1.line, $1.column) }
    }

    package var description: String {
        diagnostics.map { "\(file):\($0)" }.joined(separator: "\n")
    }
}
