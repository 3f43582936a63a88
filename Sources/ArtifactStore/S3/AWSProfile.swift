internal import FoundationEssentials

/// A profile of AWS's shared files, `~/.aws/credentials` and `~/.aws/config`.
struct AWSProfile: Sendable {
    let name: String
    /// What both files say; the credentials file wins.
    let values: [String: String]

    /// Reads the profile that the environment names, `default` where it names none.
    ///
    /// - Returns: nil when there is no such profile and none was asked for.
    init?(environment: [String: String]) throws(ArtifactStoreError) {
        let named = environment.nonEmpty("AWS_PROFILE")
        name = named ?? "default"
        let home = environment.nonEmpty("HOME").map { "\($0)/.aws" }
        let credentials = environment.nonEmpty("AWS_SHARED_CREDENTIALS_FILE") ?? home.map { "\($0)/credentials" }
        let config = environment.nonEmpty("AWS_CONFIG_FILE") ?? home.map { "\($0)/config" }
        let section = name == "default" ? [name, "profile default"] : ["profile \(name)"]
        var values: [String: String] = [:]
        var isFound = false
        for (file, sections) in [(config, section), (credentials, [name])] {
            guard let text = file.flatMap({ try? String(contentsOfFile: $0, encoding: .utf8) }) else { continue }
            for (title, entries) in Self.sections(of: text) where sections.contains(title) {
                isFound = true
                values.merge(entries) { $1 }
            }
        }
        if !isFound {
            guard let named else { return nil }
            throw ArtifactStoreError(
                .credentials,
                "AWS_PROFILE is '\(named)', but neither \(credentials ?? "~/.aws/credentials") nor "
                    + "\(config ?? "~/.aws/config") has that profile.")
        }
        self.values = values
    }

    /// The sections of a text such as `[name]`, then `key = value` on lines of their own; indented lines, which nest
    /// further settings, are skipped.
    static func sections(of text: String) -> [(title: String, entries: [String: String])] {
        var sections: [(title: String, entries: [String: String])] = []
        for line in text.split(whereSeparator: \.isNewline) {
            guard let first = line.first, first != "#", first != ";", !first.isWhitespace else { continue }
            if first == "[" {
                let title = line.dropFirst().prefix { $0 != "]" }.split(whereSeparator: \.isWhitespace)
                sections.append((title.joined(separator: " "), [:]))
            } else if let equals = line.firstIndex(of: "="), !sections.isEmpty {
                let key = line[..<equals].trimmed
                var value = line[line.index(after: equals)...].trimmed
                if let comment = value.firstRange(of: /\s[#;]/) { value = value[..<comment.lowerBound].trimmed }
                sections[sections.count - 1].entries[key.lowercased()] = String(value)
            }
        }
        return sections
    }
}

extension Substring {
    /// Without blanks at either end.
    fileprivate var trimmed: Substring {
        var text = drop(while: \.isWhitespace)
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }
}

extension [String: String] {
    /// The value of a variable; nil also when it is empty, as an unset one is in many a shell script.
    func nonEmpty(_ name: String) -> String? {
        self[name].flatMap { $0.isEmpty ? nil : $0 }
    }
}
