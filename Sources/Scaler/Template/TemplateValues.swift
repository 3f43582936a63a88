internal import ExplorationFile
internal import Yams

/// Reads the texts that an operator gives to templates: a YAML file of names and texts.
package enum TemplateValues {
    /// - Throws: `DefinitionError` with everything that is wrong, each with its line.
    package static func read(file: String) throws -> [String: String] {
        try read(text: YAMLFile.text(of: file), file: file)
    }

    /// - Parameter file: how messages name it.
    package static func read(text: String, file: String) throws -> [String: String] {
        let diagnostics = DiagnosticList()
        let root = try YAMLFile.compose(text, file: file)
        guard case .mapping(let mapping) = root else {
            diagnostics.add("the values must be a mapping of names to texts", at: root)
            throw DefinitionError(file: file, diagnostics: diagnostics.diagnostics)
        }
        var values: [String: String] = [:]
        for (key, value) in mapping {
            guard let name = key.string, name.wholeMatch(of: /[A-Za-z][A-Za-z0-9_]*/) != nil else {
                diagnostics.add("a value's name must be letters, digits and underscores", at: key)
                continue
            }
            guard let scalar = value.scalar else {
                diagnostics.add("the value '\(name)' must be a text", at: value)
                continue
            }
            values[name] = scalar.string
        }
        guard diagnostics.diagnostics.isEmpty else {
            throw DefinitionError(file: file, diagnostics: diagnostics.diagnostics)
        }
        return values
    }
}
