internal import ExplorationFile
package import KubernetesClient
internal import Stencil
internal import Yams

/// A template of Kubernetes objects, in the language of Stencil: YAML with `{{ value }}`, `{% if %}` and `{% for %}`.
///
/// A value never breaks out of the YAML scalar that it stands in; see ``ValuePlaces``.
package struct JobTemplate: Sendable {
    /// How messages name it.
    package let file: String
    private let text: String

    /// - Throws: `DefinitionError` where the file cannot be read as text, ``TemplateError`` where it has characters that
    ///   no template can have.
    package init(file: String) throws {
        try self.init(text: YAMLFile.text(of: file), file: file)
    }

    package init(text: String, file: String) throws(TemplateError) {
        self.file = file
        self.text = text
        guard !ValuePlaces.areIn(text) else {
            throw TemplateError(
                file: file, ["The template has one of the characters U+E000 and U+E001, which mean nothing to anybody."]
            )
        }
        guard text.utf8.count <= 1 << 20 else {
            throw TemplateError(file: file, ["The template is larger than 1 MiB."])
        }
    }

    /// Renders the objects, completed and checked: Jobs and their pods carry the labels that they are counted by, Jobs the
    /// decision in their name and as an annotation, so that none is made twice.
    ///
    /// - Throws: ``TemplateError`` with all that is wrong.
    package func render(_ variables: TemplateVariables) throws(TemplateError) -> [Manifest] {
        let places = ValuePlaces()
        let rendered = try renderText(variables, places)
        var documents: [Node] = []
        do {
            let parser = try Parser(yaml: rendered)
            while let node = try parser.nextRoot() {
                let node = try ValueSubstitution(places: places).apply(node)
                if !node.isNothing { documents.append(node) }
            }
        } catch {
            throw TemplateError(file: file, [Self.explain(error, in: rendered)])
        }
        let manifests: [Manifest]
        do {
            let written = try documents.map { try Yams.serialize(node: $0, width: -1, allowUnicode: true) }
            // What is given away is read once more, as it is: it must be what it was meant to be.
            guard try written.map({ try Yams.compose(yaml: $0) }) == documents else {
                throw TemplateError(file: file, ["What was written is not what was meant; nothing is made of it."])
            }
            manifests = try WorkerManifests.prepared(
                Manifest.documents(in: written.map { "---\n" + $0 }.joined()), decision: variables.decision.id,
                group: variables.group, owner: nil)
        } catch let error as TemplateError {
            throw error
        } catch {
            throw TemplateError(file: file, [Self.explain(error, in: rendered)])
        }
        let problems = manifests.filter(\.isJob).flatMap { PodCheck.problems(of: $0, point: variables.point?.id) }
        guard problems.isEmpty else { throw TemplateError(file: file, problems) }
        return manifests
    }

    private func renderText(_ variables: TemplateVariables, _ places: ValuePlaces) throws(TemplateError) -> String {
        do {
            return try TemplateLanguage.environment(places, seed: variables.decision.id)
                .renderTemplate(string: TemplateLanguage.opening + text, context: variables.values)
        } catch let error as TemplateSyntaxError {
            let line = error.token?.sourceMap.location.lineNumber ?? 0
            throw TemplateError(file: file, [(line > 0 ? "line \(line): " : "") + error.reason])
        } catch {
            throw TemplateError(file: file, ["\(error)"])
        }
    }

    /// An error of YAML with the line that it is about, since the lines of a rendered text are not those of its template.
    private static func explain(_ error: any Error, in rendered: String) -> String {
        switch error {
        case YamlError.scanner(_, let problem, let mark, _), YamlError.parser(_, let problem, let mark, _),
            YamlError.composer(_, let problem, let mark, _):
            let lines = rendered.split(separator: "\n", omittingEmptySubsequences: false)
            let line = lines.indices.contains(mark.line - 1) ? ValuePlaces.shown(lines[mark.line - 1]) : ""
            return "not well-formed YAML once rendered: \(problem), at '\(line)'"
        case YamlError.duplicatedKeysInMapping(let duplicates, _):
            return
                "the key '\(duplicates.map(ValuePlaces.shown).joined(separator: "', '"))' stands twice in one mapping"
        default:
            return "\(error)"
        }
    }
}

extension Node {
    /// Whether it is a document of which nothing but comments is left.
    fileprivate var isNothing: Bool {
        guard case .scalar(let scalar) = self else { return false }
        return scalar.style == .plain && scalar.string.isEmpty
    }
}
