internal import HTTPClient
internal import Support
package import SystemPackage

/// An artifact store in a folder, usually one that all workers share.
///
/// The files of hash `abcdef…` are in `ab/cd/abcdef…/`. They are written to a separate folder under `.incoming/`,
/// synced to disk and renamed into place in one step. So a reader sees all of them or none, and any number of writers
/// can store the same hash concurrently. A killed writer leaves only an entry in `.incoming/`, which is removed when a
/// store is opened at least a day later.
package struct FolderArtifactStore: ArtifactStore {
    /// The folder.
    package let root: FilePath

    private let executor = BlockingExecutor(label: "atmos.artifacts")

    /// Opens the store at a `file:` URL and creates its folder if necessary.
    ///
    /// - Throws: ``ArtifactStoreError`` if the URL has no absolute path, or the folder cannot be created.
    package init(url: String) throws(ArtifactStoreError) {
        root = try FileURL.path(of: url)
        try FileSystem.makeFolder(root)
        try FileSystem.makeFolder(incoming)
        FileSystem.removeEntries(of: incoming, olderThan: 24 * 60 * 60)
    }

    private var incoming: FilePath { root.appending(".incoming") }

    /// The folder of a hash: below two levels of 256 folders each, to keep every folder small.
    private func folder(of hash: String) -> FilePath {
        root.appending(String(hash.prefix(2))).appending(String(hash.dropFirst(2).prefix(2))).appending(hash)
    }

    /// Stores copies of files; see ``ArtifactStore``.
    package func store(_ files: [FilePath], for hash: String) async throws -> String {
        try ArtifactHash.check(hash)
        try ArtifactHash.checkNames(of: files, for: hash)
        let folder = folder(of: hash)
        let staging = incoming.appending("\(hash)-\(UInt64.random(in: 0...UInt64.max))")
        try await executor.run {
            guard !FileSystem.isFolder(folder) else { return }
            do {
                try FileSystem.makeFolder(staging)
                for file in files { try FileSystem.copy(file, to: staging.appending(file.lastComponent?.string ?? "")) }
                try FileSystem.synchronize(staging)
                try FileSystem.makeFolder(folder.removingLastComponent())
                try FileSystem.publish(staging, as: folder)
            } catch {
                FileSystem.remove(staging)
                throw error
            }
        }
        return FileURL.text(of: folder) + "/"
    }

    /// Copies the files of a hash; see ``ArtifactStore``.
    package func fetch(_ hash: String, into target: FilePath) async throws -> Bool {
        try ArtifactHash.check(hash)
        let folder = folder(of: hash)
        return try await executor.run {
            guard FileSystem.isFolder(folder) else { return false }
            try FileSystem.makeFolder(target)
            var copied: [FilePath] = []
            do {
                for name in try FileSystem.names(in: folder) {
                    let part = target.appending(".fetching-\(name)")
                    FileSystem.removeFile(part)
                    copied.append(part)
                    try FileSystem.copy(folder.appending(name), to: part)
                    try FileSystem.move(part, to: target.appending(name))
                    copied[copied.count - 1] = target.appending(name)
                }
            } catch {
                for file in copied { FileSystem.removeFile(file) }
                throw error
            }
            return true
        }
    }
}

/// `file:` URLs of folders on this machine (RFC 8089).
enum FileURL {
    /// Returns the absolute path in a URL such as `file:///data/artifacts` or `file://localhost/data`.
    static func path(of url: String) throws(ArtifactStoreError) -> FilePath {
        var rest = Substring(url).dropFirst("file:".count)
        if rest.hasPrefix("//") {
            rest = rest.dropFirst(2)
            let host = rest.prefix { $0 != "/" }
            guard host.isEmpty || host == "localhost" else {
                throw ArtifactStoreError(
                    .invalidURL,
                    "the URL '\(url)' has the host '\(host)'; write three slashes for a local folder: file:///\(host)…"
                )
            }
            rest = rest.dropFirst(host.count)
        }
        guard let decoded = decode(rest), decoded.hasPrefix("/"), !decoded.contains("\0") else {
            throw ArtifactStoreError(
                .invalidURL,
                "the URL '\(url)' has no absolute path; write three slashes and the path, as in file:///data/atmos")
        }
        return FilePath(decoded).lexicallyNormalized()
    }

    /// Returns the URL of an absolute path.
    static func text(of path: FilePath) -> String {
        "file://" + PercentEncoding.encode(path.string, keepsSlashes: true)
    }

    private static func decode(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16), rest.count >= 2 else {
                return nil
            }
            rest.removeFirst(2)
            bytes.append(value)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
