internal import Support
internal import Synchronization
internal import SystemPackage

/// An artifact store in a bucket of an object store.
///
/// A run's files are put under keys with a unique upload ID. A small manifest, written last and in one step, makes them
/// visible. A finished upload never changes. With conditional writes, which AWS, Google, MinIO and Ceph support, the
/// first manifest of a hash stays; otherwise the last one does. `README.md` describes the keys.
struct ObjectArtifactStore: ArtifactStore {
    /// The number of concurrent transfers for one run.
    static let concurrency = 4

    /// The age at which an unfinished upload counts as abandoned.
    static let abandonedAfter: Duration = .seconds(86_400)

    let keys: ObjectKeys
    let storage: any ObjectStorage
    private let executor = BlockingExecutor(label: "atmos.artifacts")
    private let sweeper: OrphanSweeper

    init(location: BucketURL, storage: any ObjectStorage) {
        keys = ObjectKeys(location: location)
        self.storage = storage
        sweeper = OrphanSweeper(keys: keys, storage: storage)
    }

    /// Stores copies of files; see ``ArtifactStore``.
    func store(_ files: [FilePath], for hash: String) async throws -> String {
        try ArtifactHash.check(hash)
        try ArtifactHash.checkNames(of: files, for: hash)
        let location = keys.location.text(of: keys.folder(hash))
        await sweeper.sweepOnce()
        if try await manifest(of: hash) != nil { return location }

        let files = try await executor.run { try files.map { try ArtifactFile(reading: $0) } }
        let uploadID = ObjectKeys.newUploadID()
        let deadline = ContinuousClock.now.advanced(by: Self.abandonedAfter / 2)
        do {
            _ = try await storage.create([], at: keys.marker(uploadID, hash))
            try await BoundedTasks.forEach(files, limit: Self.concurrency) { file in
                try await storage.put(file, at: keys.file(file.name, in: uploadID, hash))
            }
            guard ContinuousClock.now < deadline else {
                throw ArtifactStoreError(.unavailable, "the files of \(hash) took too long to upload to \(location)")
            }
        } catch {
            await BoundedTasks.shielded { await remove(files, uploadID, hash) }
            throw error
        }
        // If the response to the manifest is lost, it may exist or still arrive, so the files must stay: only the
        // sweeper may remove them.
        let manifest = ArtifactManifest(uploadID: uploadID, files: files)
        if try await !storage.create(manifest.bytes, at: keys.manifest(hash)),
            try await self.manifest(of: hash)?.uploadID != uploadID
        {
            await BoundedTasks.shielded { await remove(files, uploadID, hash) }
        } else {
            try? await storage.remove(keys.marker(uploadID, hash))
        }
        return location
    }

    /// Copies the files of a hash; see ``ArtifactStore``.
    func fetch(_ hash: String, into folder: FilePath) async throws -> Bool {
        try ArtifactHash.check(hash)
        guard let manifest = try await manifest(of: hash) else { return false }
        try await executor.run { try FileSystem.makeFolder(folder) }
        let parts = manifest.files.map { folder.appending(".fetching-\($0.name)") }
        let moved = Mutex<[FilePath]>([])
        do {
            try await BoundedTasks.forEach(Array(zip(manifest.files, parts)), limit: Self.concurrency) { file, part in
                try await download(file, of: manifest, hash, to: part)
            }
            try await executor.run {
                for (file, part) in zip(manifest.files, parts) {
                    try FileSystem.move(part, to: folder.appending(file.name))
                    moved.withLock { $0.append(folder.appending(file.name)) }
                }
            }
        } catch {
            let left = parts + moved.withLock { $0 }
            await executor.run { for file in left { FileSystem.removeFile(file) } }
            throw error
        }
        return true
    }

    private func manifest(of hash: String) async throws -> ArtifactManifest? {
        let key = keys.manifest(hash)
        return try await storage.bytes(at: key).map { try ArtifactManifest($0, at: keys.location.text(of: key)) }
    }

    /// Downloads a file and compares it with the manifest; a damaged file is downloaded up to three times.
    private func download(
        _ file: ArtifactManifest.File, of manifest: ArtifactManifest, _ hash: String, to part: FilePath
    ) async throws {
        let key = keys.file(file.name, in: manifest.uploadID, hash)
        for _ in 0..<3 {
            await executor.run { FileSystem.removeFile(part) }
            guard try await storage.download(key, to: part, size: file.size) else {
                throw ArtifactStoreError(
                    .corrupt, "\(keys.location.text(of: key)) does not exist although its manifest lists it")
            }
            if try await executor.run({ try file.matches(part) }) { return }
        }
        throw ArtifactStoreError(
            .corrupt, "\(keys.location.text(of: key)) differs from its manifest in size or SHA-256")
    }

    /// Removes the files of a failed upload, then its marker. If that fails, the marker stays for the sweeper.
    private func remove(_ files: [ArtifactFile], _ uploadID: String, _ hash: String) async {
        do {
            try await BoundedTasks.forEach(files, limit: Self.concurrency) { file in
                try await storage.remove(keys.file(file.name, in: uploadID, hash))
            }
            try await storage.remove(keys.marker(uploadID, hash))
        } catch {
            // The marker stays and leads the sweeper to the remaining files.
        }
    }
}

/// Removes the files of uploads that were killed before they wrote their manifest, a day later.
///
/// No reader ever sees such files; they only waste space. Each upload has a marker under `.incoming/`, so that finding
/// the orphans does not need a listing of the whole bucket.
final class OrphanSweeper: Sendable {
    private static let maxListed = 200

    private let keys: ObjectKeys
    private let storage: any ObjectStorage
    private let hasSwept = Mutex(false)

    init(keys: ObjectKeys, storage: any ObjectStorage) {
        self.keys = keys
        self.storage = storage
    }

    /// Sweeps on the first call. Best effort: failures, such as a missing list or delete permission, are ignored.
    func sweepOnce() async {
        let isFirst = hasSwept.withLock { hasSwept in
            defer { hasSwept = true }
            return !hasSwept
        }
        if isFirst {
            try? await sweep(olderThan: UTC.now - Int(ObjectArtifactStore.abandonedAfter.components.seconds))
        }
    }

    /// Removes the files of uploads whose markers were written before a time.
    ///
    /// - Parameter time: seconds since 1970.
    func sweep(olderThan time: Int) async throws {
        for marker in try await storage.keys(under: keys.incoming, limit: Self.maxListed) where marker.modified < time {
            guard let (hash, uploadID) = keys.parse(marker: marker.key) else { continue }
            let key = keys.manifest(hash)
            let manifest = try await storage.bytes(at: key).map {
                try ArtifactManifest($0, at: keys.location.text(of: key))
            }
            if manifest?.uploadID != uploadID {
                for object in try await storage.keys(under: keys.upload(uploadID, hash), limit: Self.maxListed) {
                    try await storage.remove(object.key)
                }
            }
            try await storage.remove(marker.key)
        }
    }
}

/// The keys in an object store. All keys are made here.
///
/// - `PREFIX/HASH/manifest.json`: the list of the run's files, written once all of them are stored.
/// - `PREFIX/HASH/UPLOAD/NAME`: a file; UPLOAD is a random ID, unique to each upload.
/// - `PREFIX/.incoming/HASH-UPLOAD`: an empty object that marks an unfinished upload.
struct ObjectKeys: Sendable {
    let location: BucketURL

    func folder(_ hash: String) -> String { location.key("\(hash)/") }
    func manifest(_ hash: String) -> String { folder(hash) + "manifest.json" }
    func upload(_ uploadID: String, _ hash: String) -> String { folder(hash) + uploadID + "/" }
    func file(_ name: String, in uploadID: String, _ hash: String) -> String { upload(uploadID, hash) + name }
    var incoming: String { location.key(".incoming/") }
    func marker(_ uploadID: String, _ hash: String) -> String { incoming + "\(hash)-\(uploadID)" }

    /// Returns the hash and the upload ID in a marker's key; `nil` for any other key.
    func parse(marker: String) -> (hash: String, uploadID: String)? {
        guard marker.hasPrefix(incoming) else { return nil }
        let parts = marker.dropFirst(incoming.count).split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].wholeMatch(of: /[0-9a-f]{64}/) != nil,
            parts[1].wholeMatch(of: /[0-9a-f]{32}/) != nil
        else { return nil }
        return (String(parts[0]), String(parts[1]))
    }

    /// Returns a new random ID.
    static func newUploadID() -> String {
        let digits = String(UInt128.random(in: 0...UInt128.max), radix: 16)
        return String(repeating: "0", count: 32 - digits.count) + digits
    }
}

/// Runs asynchronous work on many elements with bounded concurrency.
enum BoundedTasks {
    /// Calls `body` for every element.
    ///
    /// - Parameter limit: the maximum number of concurrent calls.
    /// - Throws: the first error, after cancelling the other calls and waiting for them.
    static func forEach<Element: Sendable>(
        _ elements: [Element], limit: Int, _ body: @escaping @Sendable (Element) async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, element) in elements.enumerated() {
                if index >= limit { try await group.next() }
                group.addTask { try await body(element) }
            }
            try await group.waitForAll()
        }
    }

    /// Runs clean-up work to its end even if the task is cancelled.
    static func shielded(_ body: @escaping @Sendable () async -> Void) async {
        // Unstructured, because cancellation must not reach it; it has ended when this returns.
        await Task { await body() }.value
    }
}
