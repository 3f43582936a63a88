internal import FoundationEssentials
internal import ParameterSpace
internal import Support
package import Yams

/// Collects the errors of a definition while it is read, so that one reading shows all of them.
package final class DiagnosticList {
    package private(set) var diagnostics: [Diagnostic] = []

    package init() {}

    /// - Parameter offset: the number of characters between the start of the node and the error.
    package func add(_ message: String, at node: Node, offset: Int = 0) {
        let column = (node.mark?.column ?? 1) + offset
        diagnostics.append(Diagnostic(line: node.mark?.line ?? 1, column: column, message: message))
    }
}

/// One error of a definition, with its place.
package struct Diagnostic: Hashable, Sendable, CustomStringConvertible {
    /// Line and column, from 1.
    package let line: Int
    package let column: Int
    /// The error and its remedy, in one sentence.
    package let message: String

    package var description: String {
        "\(line):\(column): \(message)"
    }
}

/// All errors of a definition that cannot be used.
package struct DefinitionError: Error, CustomStringConvertible {
    /// The file as the user named it.
    package let file: String
    package let diagnostics: [Diagnostic]

    /// - Parameter list: the errors, in any order.
    package init(file: String, diagnostics list: [Diagnostic]) {
        self.file = file
        diagnostics = list.sorted { ($0.line, $0.column) < ($1.line, $1.column) }
    }

    package var description: String {
        diagnostics.map { "\(file):\($0)" }.joined(separator: "\n")
    }
}

/// Reads YAML files that users write. Errors are reported with their lines.
package enum YAMLFile {
    /// Reads the text of a file.
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

    /// Parses the one document of a text.
    /// - Parameter file: the file's name in messages.
    /// - Throws: ``DefinitionError``, also for a duplicate key.
    package static func compose(_ text: String, file: String) throws(DefinitionError) -> Node {
        do {
            guard let root = try Yams.compose(yaml: text) else { throw failure("the file is empty", in: file) }
            return root
        } catch let error as DefinitionError {
            throw error
        } catch YamlError.scanner(_, let problem, let mark, _), YamlError.parser(_, let problem, let mark, _),
            YamlError.composer(_, let problem, let mark, _)
        {
            throw failure("malformed YAML: \(problem)", mark, in: file)
        } catch YamlError.duplicatedKeysInMapping(let duplicates, let context) {
            throw failure("duplicate key '\(duplicates.joined(separator: "', '"))'", context.mark, in: file)
        } catch {
            throw failure("malformed YAML: \(error)", in: file)
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

/// A mapping of the YAML file with known keys.
///
/// Each reading function returns `nil` if the key is absent or its value is invalid. The error is then on the list.
package struct DefinitionSection {
    /// The section's name in messages, such as `parameter 'CO2'`.
    package let title: String
    package let node: Node
    package let diagnostics: DiagnosticList
    private let values: [String: Node]

    /// Reads the keys of a mapping; `nil` (and an error on the list) if `node` is not a mapping.
    ///
    /// - Parameter aliases: former names of keys, with their present names. They are read, but not offered in messages.
    package init?(
        _ node: Node, title: String, keys: [String], aliases: [String: String] = [:], diagnostics: DiagnosticList
    ) {
        guard case .mapping(let mapping) = node else {
            diagnostics.add("\(title) must be a mapping with the keys \(keys.joined(separator: ", "))", at: node)
            return nil
        }
        var values: [String: Node] = [:]
        for (key, value) in mapping {
            let name = key.string ?? ""
            let present = aliases[name] ?? name
            guard keys.contains(present) else {
                let hint = ClosestName.of(name, among: keys).map { "did you mean '\($0)'?" }
                diagnostics.add(
                    "\(title) has no key '\(name)'; \(hint ?? "its keys are \(keys.joined(separator: ", "))")", at: key)
                continue
            }
            if values[present] != nil {
                let former = aliases.first { $0.value == present }?.key ?? name
                diagnostics.add(
                    "\(title): '\(former)' is the former name of '\(present)'; give one of them", at: key)
            }
            values[present] = value
        }
        self.title = title
        self.node = node
        self.diagnostics = diagnostics
        self.values = values
    }

    /// Reports an error in the value of a key, or in the whole section if the key is absent.
    package func report(_ message: String, at key: String? = nil) {
        diagnostics.add(message, at: key.flatMap { values[$0] } ?? node)
    }

    package func has(_ key: String) -> Bool {
        values[key] != nil
    }

    package func value(_ key: String) -> Node? {
        values[key]
    }

    package func required(_ key: String) -> Node? {
        if let value = values[key] { return value }
        report("\(title) needs the key '\(key)'")
        return nil
    }

    package func string(_ key: String) -> String? {
        guard let value = values[key] else { return nil }
        guard case .scalar(let scalar) = value else {
            report("\(title): '\(key)' must be a text", at: key)
            return nil
        }
        return scalar.string
    }

    package func requiredString(_ key: String) -> String? {
        required(key).flatMap { _ in string(key) }
    }

    func decimal(_ key: String) -> ExactDecimal? {
        guard let value = values[key] else { return nil }
        guard case .scalar(let scalar) = value, let decimal = ExactDecimal(scalar.string) else {
            report(
                "\(title): '\(key)' must be a decimal number below 1e12 with at most \(ExactDecimal.decimals) decimals",
                at: key)
            return nil
        }
        return decimal
    }

    package func integer(_ key: String, in range: ClosedRange<Int>) -> Int? {
        guard let value = values[key] else { return nil }
        guard case .scalar(let scalar) = value, let integer = Int(scalar.string), range.contains(integer) else {
            report(
                "\(title): '\(key)' must be a whole number from \(range.lowerBound) to \(range.upperBound)", at: key)
            return nil
        }
        return integer
    }

    func bool(_ key: String) -> Bool? {
        guard let value = values[key] else { return nil }
        guard case .scalar(let scalar) = value, ["true", "false"].contains(scalar.string) else {
            report("\(title): '\(key)' must be true or false", at: key)
            return nil
        }
        return scalar.string == "true"
    }

    /// Reads one of the words of an enumeration.
    func word<Word: RawRepresentable & CaseIterable>(_ key: String, _ type: Word.Type) -> Word?
    where Word.RawValue == String {
        guard let text = string(key) else { return nil }
        if let word = Word(rawValue: text) { return word }
        let words = Word.allCases.map(\.rawValue)
        let hint = ClosestName.of(text, among: words).map { "; did you mean '\($0)'?" } ?? ""
        report("\(title): '\(key)' is '\(text)', but must be \(words.joined(separator: " or "))\(hint)", at: key)
        return nil
    }

    package func section(
        _ key: String, title: String, keys: [String], aliases: [String: String] = [:]
    ) -> DefinitionSection? {
        values[key].flatMap {
            DefinitionSection($0, title: title, keys: keys, aliases: aliases, diagnostics: diagnostics)
        }
    }

    package func list(_ key: String) -> [Node]? {
        guard let value = values[key] else { return nil }
        guard case .sequence(let sequence) = value else {
            report("\(title): '\(key)' must be a list", at: key)
            return nil
        }
        return Array(sequence)
    }

    /// Reads a mapping of any keys to texts.
    func texts(_ key: String) -> [String: String]? {
        guard let value = values[key] else { return nil }
        guard case .mapping(let mapping) = value else {
            report("\(title): '\(key)' must be a mapping of names to texts", at: key)
            return nil
        }
        var texts: [String: String] = [:]
        for (name, text) in mapping {
            guard let name = name.string, case .scalar(let scalar) = text else {
                report("\(title): '\(key)' must be a mapping of names to texts", at: key)
                return nil
            }
            texts[name] = scalar.string
        }
        return texts
    }

    func strings(_ key: String) -> [String]? {
        guard let nodes = list(key) else { return nil }
        let texts = nodes.compactMap { node -> String? in
            if case .scalar(let scalar) = node { scalar.string } else { nil }
        }
        guard texts.count == nodes.count else {
            report("\(title): '\(key)' must be a list of texts", at: key)
            return nil
        }
        return texts
    }
}
