/// Names of files that a run keeps.
enum ArtifactName {
    /// Whether `name` is a plain file name: letters, digits, `.`, `_` and `-`, not beginning with `.` or `-`, at most 100.
    static func isValid(_ name: String) -> Bool {
        guard let first = name.utf8.first, name.utf8.count <= 100 else { return false }
        return first != UInt8(ascii: ".") && first != UInt8(ascii: "-")
            && name.unicodeScalars.allSatisfy { scalar in
                scalar.isASCII
                    && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
                        || "._-".unicodeScalars.contains(scalar))
            }
    }

    /// Refuses a list with a name that is not one, or with the same name twice.
    static func check(_ names: [String], ofModel model: String) throws(ModelFailure) {
        var seen: Set<String> = []
        for name in names {
            guard isValid(name) else {
                throw ModelFailure(
                    kind: .spawn,
                    message:
                        "Model '\(model)' lists '\(name)' among the files to keep, which is not a plain file name: "
                        + "letters, digits, '.', '_' and '-' make one, and it begins with a letter, a digit or '_'.")
            }
            guard seen.insert(name).inserted else {
                throw ModelFailure(kind: .spawn, message: "Model '\(model)' lists the file '\(name)' twice.")
            }
        }
    }
}
