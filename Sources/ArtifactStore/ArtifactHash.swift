internal import SystemPackage

/// The names under which files are kept.
enum ArtifactHash {
    /// Refuses what is not a hash, so that no text from outside ever becomes part of a path.
    static func check(_ hash: String) throws(ArtifactStoreError) {
        guard hash.utf8.count == 64, hash.utf8.allSatisfy(isDigit) else {
            let shown = hash.count <= 80 ? hash : hash.prefix(80) + "…"
            throw ArtifactStoreError(.invalidHash, "'\(shown)' is not a hash: 64 lower-case hexadecimal digits.")
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9"))
            || (byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "f"))
    }

    /// Refuses a file name that is not plain: letters, digits, `.`, `_` and `-`, not beginning with `.` or `-`, at most
    /// 100.
    static func checkName(_ name: String) throws(ArtifactStoreError) {
        let plain = name.utf8.allSatisfy { byte in
            let letter = byte | 0x20
            return (letter >= UInt8(ascii: "a") && letter <= UInt8(ascii: "z"))
                || (byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")) || "._-".utf8.contains(byte)
        }
        guard plain, let first = name.first, first != ".", first != "-", name.utf8.count <= 100 else {
            throw ArtifactStoreError(
                .invalidName,
                "'\(name.prefix(100))' cannot be kept: a plain file name has letters, digits, '.', '_' and '-', "
                    + "and does not begin with '.' or '-'.")
        }
    }

    /// Refuses files of which one has no plain name, or two have the same.
    static func checkNames(of files: [FilePath], under hash: String) throws(ArtifactStoreError) {
        var names: Set<String> = []
        for file in files {
            let name = file.lastComponent?.string ?? ""
            try checkName(name)
            guard names.insert(name).inserted else {
                throw ArtifactStoreError(.invalidName, "The file name '\(name)' is to be kept twice under \(hash).")
            }
        }
    }
}
