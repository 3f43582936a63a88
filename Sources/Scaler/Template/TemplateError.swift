package import Support

/// Why a template cannot be rendered, or what is wrong with what came of it.
package struct TemplateError: ErrorWithExitStatus, Hashable, CustomStringConvertible {
    /// The template's file.
    package let file: String
    /// One sentence each.
    package let problems: [String]

    init(file: String, _ problems: [String]) {
        self.file = file
        self.problems = problems
    }

    package var exitStatus: ExitStatus { .configuration }

    package var description: String {
        problems.map { "\(file): \($0)" }.joined(separator: "\n")
    }
}
