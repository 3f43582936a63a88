internal import FoundationEssentials

/// Reads a setting from a flag, from the environment, or from a file that the environment names, in this order.
package enum EnvironmentSetting {
    /// The value of a setting; `nil` if it is not set.
    ///
    /// - Parameters:
    ///   - flag: the value of the command-line flag, which takes precedence.
    ///   - variable: the environment variable. `…_FILE` names a file with the value, whose last newline is dropped.
    /// - Throws: ``SettingError`` if both variables are set, or if the file cannot be read.
    package static func value(
        flag: String? = nil, variable: String, environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(SettingError) -> String? {
        if let flag { return flag }
        let direct = environment[variable].flatMap { $0.isEmpty ? nil : $0 }
        let file = environment["\(variable)_FILE"].flatMap { $0.isEmpty ? nil : $0 }
        guard let file else { return direct }
        guard direct == nil else {
            throw SettingError(description: "\(variable) and \(variable)_FILE are both set; set one of them")
        }
        guard let data = try? Data(contentsOf: URL(filePath: file)), let text = String(validating: data, as: UTF8.self)
        else {
            throw SettingError(description: "\(variable)_FILE names '\(file)', which cannot be read as text")
        }
        return SecretText.trimmed(text)
    }

    /// The value of a setting that must be set.
    ///
    /// - Parameters:
    ///   - flagName: the flag in error messages.
    ///   - meaning: the setting in error messages, such as "the URL of Redis".
    package static func required(
        flag: String? = nil, flagName: String, variable: String, meaning: String
    ) throws(SettingError) -> String {
        if let value = try value(flag: flag, variable: variable) { return value }
        throw SettingError(
            description: "\(meaning) is not set; set \(variable) (or \(variable)_FILE), or give \(flagName)")
    }

    /// A URL that must be set. It must not contain a password if it comes from a flag, where every user of the machine
    /// could read it.
    package static func url(
        flag: String?, flagName: String, variable: String, passwordVariable: String, meaning: String
    ) throws(SettingError) -> String {
        if let flag, containsPassword(flag) {
            throw SettingError(
                description: "\(flagName) must not contain a password, which others could read in the process list; "
                    + "set \(passwordVariable) or \(passwordVariable)_FILE")
        }
        return try required(flag: flag, flagName: flagName, variable: variable, meaning: meaning)
    }

    /// Whether there is a colon in the part before the host. (Foundation cannot parse a URL with several hosts.)
    private static func containsPassword(_ url: String) -> Bool {
        guard let start = url.firstRange(of: "://")?.upperBound else { return false }
        let authority = url[start...].prefix { $0 != "/" }
        guard let at = authority.lastIndex(of: "@") else { return false }
        return authority[..<at].contains(":")
    }
}

/// A setting that is missing or invalid.
package struct SettingError: Error, CustomStringConvertible {
    package let description: String

    package init(description: String) {
        self.description = description
    }
}
