internal import ParameterSpace
package import Yams

/// Collects what is wrong while a definition is read, so that one reading shows all of it.
package final class DiagnosticList {
    package private(set) var diagnostics: [Diagnostic] = []

    /// - Parameter offset: how many characters behind the beginning of the node.
    package init() {}

    package func add(_ message: String, at node: Node, offset: Int = 0) {
        let column = (node.mark?.column ?? 1) + offset
        diagnostics.append(Diagnostic(line: node.mark?.line ?? 1, column: column, message: message))
    }
}

/// A mapping of the YAML file whose keys are known beforehand.
///
/// Each reading function returns nil where the key is absent or its value is wrong; what is wrong is on the list then.
package struct DefinitionSection {
    /// How messages name the section: `parameter 'CO2'`.
    package let title: String
    package let node: Node
    package let diagnostics: DiagnosticList
    private let values: [String: Node]

    /// Reads the keys of a mapping; nil (and a diagnostic) where `node` is something else.
    package init?(_ node: Node, title: String, keys: [String], diagnostics: DiagnosticList) {
        guard case .mapping(let mapping) = node else {
            diagnostics.add("\(title) must be a mapping with the keys \(keys.joined(separator: ", "))", at: node)
            return nil
        }
        var values: [String: Node] = [:]
        for (key, value) in mapping {
            let name = key.string ?? ""
            if keys.contains(name) {
                values[name] = value
            } else {
                let hint = ClosestName.of(name, among: keys).map { "did you mean '\($0)'?" }
                diagnostics.add(
                    "\(title) has no key '\(name)'; \(hint ?? "its keys are \(keys.joined(separator: ", "))")", at: key)
            }
        }
        self.title = title
        self.node = node
        self.diagnostics = diagnostics
        self.values = values
    }

    /// Reports on the value of a key, or on the whole section where it is absent.
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

    func truth(_ key: String) -> Bool? {
        guard let value = values[key] else { return nil }
        guard case .scalar(let scalar) = value, ["true", "false"].contains(scalar.string) else {
            report("\(title): '\(key)' must be true or false", at: key)
            return nil
        }
        return scalar.string == "true"
    }

    /// One of the words of an enumeration.
    func word<Word: RawRepresentable & CaseIterable>(_ key: String, _ type: Word.Type) -> Word?
    where Word.RawValue == String {
        guard let text = string(key) else { return nil }
        if let word = Word(rawValue: text) { return word }
        let words = Word.allCases.map(\.rawValue)
        let hint = ClosestName.of(text, among: words).map { "; did you mean '\($0)'?" } ?? ""
        report("\(title): '\(key)' is '\(text)', but must be \(words.joined(separator: " or "))\(hint)", at: key)
        return nil
    }

    package func section(_ key: String, title: String, keys: [String]) -> DefinitionSection? {
        values[key].flatMap { DefinitionSection($0, title: title, keys: keys, diagnostics: diagnostics) }
    }

    package func list(_ key: String) -> [Node]? {
        guard let value = values[key] else { return nil }
        guard case .sequence(let sequence) = value else {
            report("\(title): '\(key)' must be a list", at: key)
            return nil
        }
        return Array(sequence)
    }

    /// A mapping of any keys to texts.
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
