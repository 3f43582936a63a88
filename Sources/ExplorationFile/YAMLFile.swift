internal import FoundationEssentials
package import Yams

/// A YAML file that a person wrote: whatever is wrong with it is said with its line.
package enum YAMLFile {
    /// The file's text.
    /// - Throws: ``DefinitionError``.
    package static func text(of file: String) throws(DefinitionError) -> String {
        let data: Data
        do {
            data = try Data(contentsOf: URL(filePath: file))
        } catch {
            throw failure("the file cannot be read: \(reason(error))", in: file)
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw failure("the file is not UTF-8 text", in: file)
        }
        return text
    }

    /// The one document of a text.
    /// - Parameter file: how messages name it.
    /// - Throws: ``DefinitionError``, for a key that is there twice too.
    package static func compose(_ text: String, file: String) throws(DefinitionError) -> Node {
        do {
            guard let root = try Yams.compose(yaml: text) else { throw failure("the file is empty", in: file) }
            return root
        } catch let error as DefinitionError {
            throw error
        } catch YamlError.scanner(_, let problem, let mark, _), YamlError.parser(_, let problem, let mark, _),
            YamlError.composer(_, let problem, let mark, _)
        {
            throw failure("not well-formed YAML: \(problem)", mark, in: file)
        } catch YamlError.duplicatedKeysInMapping(let duplicates, let context) {
            throw failure(
                "the key '\(duplicates.joined(separator: "', '"))' stands there twice", context.mark, in: file)
        } catch {
            throw failure("not well-formed YAML: \(error)", in: file)
        }
    }

    private static func failure(_ message: String, _ mark: Mark? = nil, in file: String) -> DefinitionError {
        let place = Diagnostic(line: mark?.line ?? 1, column: mark?.column ?? 1, message: message)
        return DefinitionError(file: file, diagnostics: [place])
    }

    private static func reason(_ error: any Error) -> String {
        switch (error as? CocoaError)?.code {
        case .fileReadNoSuchFile, .fileNoSuchFile: "there is no such file"
        case .fileReadNoPermission: "no permission"
        default: "\(error)"
        }
    }
}
