internal import FoundationEssentials
internal import Support

/// The object that makes a run's files appear: what files there are, and where. It is written last, in one step.
struct Manifest: Codable, Sendable, Hashable {
    struct File: Codable, Sendable, Hashable {
        let name: String
        /// In bytes.
        let size: Int
        /// In hexadecimal.
        let sha256: String
    }

    /// The version of this form.
    var format = 1
    /// The part of the keys that only this set of files has: 32 hexadecimal digits.
    let set: String
    let files: [File]

    init(set: String, files: [StoredFile]) {
        self.set = set
        self.files = files.map { File(name: $0.name, size: $0.size, sha256: Hexadecimal.encode($0.sha256)) }
    }

    /// Reads and checks a manifest, so that nothing in it can name a key or a file that it should not.
    ///
    /// - Parameter place: how the error names where it comes from.
    init(_ bytes: [UInt8], at place: String) throws(ArtifactStoreError) {
        guard let manifest = try? JSONDecoder().decode(Manifest.self, from: Data(bytes)) else {
            throw ArtifactStoreError(.corrupt, "\(place) is not a manifest of this program's.")
        }
        guard manifest.format == 1 else {
            throw ArtifactStoreError(
                .corrupt, "\(place) has the format \(manifest.format), and this build knows 1: a newer one is needed.")
        }
        guard manifest.set.utf8.count == 32, Hexadecimal.decode(manifest.set) != nil,
            Set(manifest.files.map(\.name)).count == manifest.files.count,
            manifest.files.allSatisfy({ $0.size >= 0 && Hexadecimal.decode($0.sha256)?.count == SHA256.byteCount })
        else { throw ArtifactStoreError(.corrupt, "\(place) is damaged.") }
        for file in manifest.files { try ArtifactHash.checkName(file.name) }
        self = manifest
    }

    var bytes: [UInt8] {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys]
            return Array(try encoder.encode(self))
        }
    }
}
