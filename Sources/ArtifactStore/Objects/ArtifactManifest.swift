internal import FoundationEssentials
internal import Glibc
internal import Support
internal import SystemPackage

/// The object that makes a run's files visible: the list of the files with their upload ID. It is written last.
struct ArtifactManifest: Codable, Sendable, Hashable {
    struct File: Codable, Sendable, Hashable {
        let name: String
        /// The number of bytes.
        let size: Int
        /// The SHA-256 in hexadecimal.
        let sha256: String

        /// Whether the file at `path` has this size and this SHA-256. Blocks.
        func matches(_ path: FilePath) throws(ArtifactStoreError) -> Bool {
            do {
                let descriptor = try FileDescriptor.open(path, .readOnly, options: .closeOnExec)
                let size = try descriptor.closeAfter { try descriptor.seek(offset: 0, from: .end) }
                guard size == self.size else { return false }
                return try Hexadecimal.encode(FileChunks.sha256(of: path)) == sha256.lowercased()
            } catch {
                throw ArtifactStoreError(.fileSystem, "cannot read '\(path)': \(error)")
            }
        }
    }

    private enum CodingKeys: String, CodingKey {
        case format
        case uploadID = "set"
        case files
    }

    /// The version of the format.
    private(set) var format = 1
    /// The part of the keys that is unique to this upload: 32 hexadecimal digits.
    let uploadID: String
    let files: [File]

    init(uploadID: String, files: [ArtifactFile]) {
        self.uploadID = uploadID
        self.files = files.map { File(name: $0.name, size: $0.size, sha256: Hexadecimal.encode($0.sha256)) }
    }

    /// Reads and checks a manifest, so that it cannot name a key or a file outside of its hash.
    ///
    /// - Parameter place: the manifest's URL for errors.
    init(_ bytes: [UInt8], at place: String) throws(ArtifactStoreError) {
        guard let manifest = try? JSONDecoder().decode(ArtifactManifest.self, from: Data(bytes)) else {
            throw ArtifactStoreError(.corrupt, "\(place) is not a manifest")
        }
        guard manifest.format == 1 else {
            throw ArtifactStoreError(
                .corrupt, "\(place) has the format \(manifest.format); this version reads format 1, use a newer one")
        }
        guard manifest.uploadID.utf8.count == 32, Hexadecimal.decode(manifest.uploadID) != nil,
            Set(manifest.files.map(\.name)).count == manifest.files.count,
            manifest.files.allSatisfy({ $0.size >= 0 && Hexadecimal.decode($0.sha256)?.count == SHA256.byteCount })
        else { throw ArtifactStoreError(.corrupt, "\(place) is damaged") }
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

/// A file to store, with its size and checksums.
struct ArtifactFile: Sendable, Hashable {
    let path: FilePath
    let name: String
    let size: Int
    let sha256: [UInt8]
    let crc32c: [UInt8]

    /// Reads a regular file once. If it changes before it is stored, the store notices. Blocks.
    init(reading path: FilePath) throws(ArtifactStoreError) {
        self.path = path
        name = path.lastComponent?.string ?? ""
        let file = try FileSystem.openRegularFile(path)
        defer { try? file.close() }
        var checksum = CRC32C()
        let digest = SHA256()
        var size = 0
        do {
            try FileChunks.read(file) { chunk in
                digest.update(UnsafeRawBufferPointer(chunk))
                checksum.update(UnsafeRawBufferPointer(chunk))
                size += chunk.count
            }
        } catch {
            throw ArtifactStoreError(.fileSystem, "cannot read '\(path)': \(error)")
        }
        self.size = size
        sha256 = digest.finalize()
        crc32c = checksum.bytes
    }
}

/// Reads files in chunks. Blocks.
enum FileChunks {
    /// Passes an open file to `body` in chunks, beginning at its current offset.
    ///
    /// - Parameter limit: the maximum number of bytes to read.
    static func read(
        _ file: FileDescriptor, limit: Int = .max, _ body: (UnsafeMutableRawBufferPointer) throws -> Void
    ) throws {
        try withUnsafeTemporaryAllocation(byteCount: 1 << 18, alignment: 16) { buffer in
            var left = limit
            while left > 0 {
                let count = try file.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(left)))
                guard count > 0 else { return }
                left -= count
                try body(UnsafeMutableRawBufferPointer(rebasing: buffer[..<count]))
            }
        }
    }

    /// Returns the SHA-256 of a part of a file.
    static func sha256(of path: FilePath, offset: Int = 0, count: Int = .max) throws -> [UInt8] {
        let file = try FileDescriptor.open(path, .readOnly, options: .closeOnExec)
        defer { try? file.close() }
        try file.seek(offset: Int64(offset), from: .start)
        let digest = SHA256()
        try read(file, limit: count) { digest.update(UnsafeRawBufferPointer($0)) }
        return digest.finalize()
    }
}
