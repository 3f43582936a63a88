internal import Dispatch
package import SystemPackage

/// An artifact store in a folder, as a rule one that all workers share.
///
/// The files of hash `abcdef…` lie in `ab/cd/abcdef…/`. They are written into a folder of their own under `.incoming/`,
/// reach the disk, and are renamed into place in one step. So a reader sees all of them or none, any number of writers can keep the
/// same hash at once, and a writer that is killed leaves nothing but an entry in `.incoming/`, which is removed when a
/// store is opened a day later.
package struct FolderArtifactStore: ArtifactStore {
    /// The folder.
    package let root: FilePath

    private let work = BlockingWork(label: "atmos.artifacts")

    /// Opens the store at a `file:` URL, making its folder if need be.
    ///
    /// - Throws: ``ArtifactStoreError`` when the URL names no absolute folder, or the folder cannot be made.
    package init(url: String) throws(ArtifactStoreError) {
        root = try FileURL.path(of: url)
        try StoreFiles.makeFolder(root)
        try StoreFiles.makeFolder(incoming)
        StoreFiles.removeEntries(of: incoming, olderThan: 24 * 60 * 60)
    }

    private var incoming: FilePath { root.appending(".incoming") }

    /// Two levels of 256 folders, so that no folder grows with the size of an exploration.
    private func folder(of hash: String) -> FilePath {
        root.appending(String(hash.prefix(2))).appending(String(hash.dropFirst(2).prefix(2))).appending(hash)
    }

    /// Keeps copies of files; see ``ArtifactStore``.
    package func keep(_ files: [FilePath], under hash: String) async throws -> String {
        try ArtifactHash.check(hash)
        try ArtifactHash.checkNames(of: files, under: hash)
        let folder = folder(of: hash)
        let staging = incoming.appending("\(hash)-\(UInt64.random(in: 0...UInt64.max))")
        try await work.run {
            guard !StoreFiles.isFolder(folder) else { return }
            do {
                try StoreFiles.makeFolder(staging)
                for file in files { try StoreFiles.copy(file, to: staging.appending(file.lastComponent?.string ?? "")) }
                try StoreFiles.synchronize(staging)
                try StoreFiles.makeFolder(folder.removingLastComponent())
                try StoreFiles.publish(staging, as: folder)
            } catch {
                StoreFiles.remove(staging)
                throw error
            }
        }
        return FileURL.text(of: folder) + "/"
    }

    /// Copies what is kept under a hash; see ``ArtifactStore``.
    package func fetch(_ hash: String, into target: FilePath) async throws -> Bool {
        try ArtifactHash.check(hash)
        let folder = folder(of: hash)
        return try await work.run {
            guard StoreFiles.isFolder(folder) else { return false }
            try StoreFiles.makeFolder(target)
            var copied: [FilePath] = []
            do {
                for name in try StoreFiles.names(in: folder) {
                    let part = target.appending(".fetching-\(name)")
                    StoreFiles.removeFile(part)
                    copied.append(part)
                    try StoreFiles.copy(folder.appending(name), to: part)
                    try StoreFiles.move(part, to: target.appending(name))
                    copied[copied.count - 1] = target.appending(name)
                }
            } catch {
                for file in copied { StoreFiles.removeFile(file) }
                throw error
            }
            return true
        }
    }
}
