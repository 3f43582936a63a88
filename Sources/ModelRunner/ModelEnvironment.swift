internal import FoundationEssentials

/// The environment that models run in.
enum ModelEnvironment {
    /// What the names of variables begin with that a model never inherits, because they hold this system's own secrets.
    static let withheldPrefixes = ["ATMOS_", "AWS_", "GOOGLE_APPLICATION_", "MYSQL_", "MARIADB_", "REDIS_"]

    /// This process's environment without what is withheld, and with `own` set.
    ///
    /// - Throws: ``ModelFailure`` of kind ``ModelFailure/Kind/spawn`` for what cannot be the name or the value of a
    ///   variable.
    static func variables(
        adding own: [String: String], forModel model: String
    ) throws(ModelFailure) -> [String: String] {
        try check(own, ofModel: model)
        let inherited = ProcessInfo.processInfo.environment.filter { name, _ in
            isName(name) && !withheldPrefixes.contains { name.hasPrefix($0) }
        }
        return inherited.merging(own) { $1 }
    }

    /// Refuses what cannot be the name or the value of a variable.
    ///
    /// - Throws: ``ModelFailure`` of kind ``ModelFailure/Kind/spawn``.
    static func check(_ own: [String: String], ofModel model: String) throws(ModelFailure) {
        for (name, value) in own.sorted(by: { $0.key < $1.key })
        where !isName(name) || value.contains("\0") {
            throw ModelFailure(
                kind: .spawn, message: "The environment of model '\(model)' sets \(name), which cannot be set.")
        }
    }

    private static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, first < UInt8(ascii: "0") || first > UInt8(ascii: "9") else { return false }
        return !text.utf8.contains { $0 == UInt8(ascii: "=") || $0 == 0 }
    }
}
