internal import ExplorationFile
package import KubernetesClient
internal import Stencil
package import Support
internal import Yams

/// A template of Kubernetes objects in the language of Stencil: YAML with `{{ value }}`, `{% if %}` and `{% for %}`.
///
/// A value never breaks out of its YAML scalar; see ``Placeholders``.
package struct JobTemplate: Sendable {
    private static let maxBytes = 1 << 20

    /// The name of the template in messages.
    package let file: String
    private let text: String

    /// Reads a template from a file.
    ///
    /// - Throws: `DefinitionError` if the file cannot be read as text, ``TemplateError`` if it contains characters that a
    ///   template must not contain.
    package init(file: String) throws {
        try self.init(text: YAMLFile.text(of: file), file: file)
    }

    /// Creates a template from text.
    package init(text: String, file: String) throws(TemplateError) {
        self.file = file
        self.text = text
        guard !Placeholders.contains(text) else {
            throw TemplateError(file: file, ["the template must not contain the characters U+E000 and U+E001"])
        }
        guard text.utf8.count <= Self.maxBytes else {
            throw TemplateError(file: file, ["the template is larger than 1 MiB"])
        }
    }

    /// Renders the objects, completed and checked: Jobs and their pods carry the labels that they are counted by, and Jobs
    /// carry the decision in their name and an annotation, so that none is created twice.
    ///
    /// - Throws: ``TemplateError`` with all problems.
    package func render(_ variables: TemplateVariables) throws(TemplateError) -> [Manifest] {
        let placeholders = Placeholders()
        let rendered = try renderText(variables, placeholders)
        var documents: [Node] = []
        do {
            let parser = try Parser(yaml: rendered)
            while let node = try parser.nextRoot() {
                let node = try placeholders.replaced(in: node)
                if !node.isEmptyDocument { documents.append(node) }
            }
        } catch {
            throw TemplateError(file: file, [Self.explain(error, in: rendered)])
        }
        let manifests: [Manifest]
        do {
            let written = try documents.map { try Yams.serialize(node: $0, width: -1, allowUnicode: true) }
            // A safeguard: the output is read again, and must have the intended content.
            guard try written.map({ try Yams.compose(yaml: $0) }) == documents else {
                throw TemplateError(file: file, ["the written YAML differs from the intended objects"])
            }
            manifests = try WorkerManifests.prepared(
                Manifest.documents(in: written.map { "---\n" + $0 }.joined()), decision: variables.decision.id,
                group: variables.group, owner: nil)
        } catch let error as TemplateError {
            throw error
        } catch {
            throw TemplateError(file: file, [Self.explain(error, in: rendered)])
        }
        let problems = manifests.filter(\.isJob).flatMap {
            WorkerManifests.podProblems(of: $0, point: variables.point?.id)
        }
        guard problems.isEmpty else { throw TemplateError(file: file, problems) }
        return manifests
    }

    private func renderText(
        _ variables: TemplateVariables, _ placeholders: Placeholders
    ) throws(TemplateError) -> String {
        do {
            return try TemplateLanguage.environment(placeholders, seed: variables.decision.id)
                .renderTemplate(string: TemplateLanguage.opening + text, context: variables.values)
        } catch let error as TemplateSyntaxError {
            let line = error.token?.sourceMap.location.lineNumber ?? 0
            throw TemplateError(file: file, [(line > 0 ? "line \(line): " : "") + error.reason])
        } catch {
            throw TemplateError(file: file, ["\(error)"])
        }
    }

    /// A YAML error with the text of its line, since line numbers of the rendered text are not those of the template.
    private static func explain(_ error: any Error, in rendered: String) -> String {
        switch error {
        case YamlError.scanner(_, let problem, let mark, _), YamlError.parser(_, let problem, let mark, _),
            YamlError.composer(_, let problem, let mark, _):
            let lines = rendered.split(separator: "\n", omittingEmptySubsequences: false)
            let line = lines.indices.contains(mark.line - 1) ? Placeholders.redacted(lines[mark.line - 1]) : ""
            return "not well-formed YAML after rendering: \(problem), at '\(line)'"
        case YamlError.duplicatedKeysInMapping(let duplicates, _):
            return
                "duplicate key '\(duplicates.map(Placeholders.redacted).joined(separator: "', '"))' in a mapping"
        default:
            return "\(error)"
        }
    }
}

extension Node {
    /// Whether it is a document that contains only comments.
    fileprivate var isEmptyDocument: Bool {
        guard case .scalar(let scalar) = self else { return false }
        return scalar.style == .plain && scalar.string.isEmpty
    }
}

/// The problems of a template or of the rendered objects.
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
