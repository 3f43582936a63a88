internal import Synchronization
internal import SystemPackage

/// An artifact store in a bucket of an object store.
///
/// A run's files are put under keys that only this set of files has; a small manifest, written last and in one step,
/// makes them appear. Nobody changes a set that is there. The first manifest stays, where the store knows conditional
/// writes (all of AWS, Google, MinIO and Ceph do); else the last one does. `README.md` has the keys.
struct ObjectArtifactStore: ArtifactStore {
    /// How many files of a run are on their way at a time.
    static let concurrency = 4

    /// How long a set may be on its way before it counts as left behind.
    static let abandonedAfter: Duration = .seconds(86_400)

    let keys: ObjectKeys
    let storage: any ObjectStorage
    private let work = BlockingWork(label: "atmos.artifacts")
    private let sweep: AbandonedSets

    init(location: BucketURL, storage: any ObjectStorage) {
        keys = ObjectKeys(location: location)
        self.storage = storage
        sweep = AbandonedSets(keys: keys, storage: storage)
    }

    /// Keeps copies of files; see ``ArtifactStore``.
    func keep(_ files: [FilePath], under hash: String) async throws -> String {
        try ArtifactHash.check(hash)
        try ArtifactHash.checkNames(of: files, under: hash)
        let location = keys.location.text(of: keys.folder(hash))
        await sweep.removeOnce()
        if try await manifest(of: hash) != nil { return location }

        let stored = try await work.run { try files.map { try StoredFile(reading: $0) } }
        let set = ObjectKeys.newSet()
        let deadline = ContinuousClock.now.advanced(by: Self.abandonedAfter / 2)
        do {
            _ = try await storage.create([], at: keys.marker(set, hash))
            try await BoundedTasks.forEach(stored, limit: Self.concurrency) { file in
                try await storage.put(file, at: keys.file(file.name, in: set, hash))
            }
            guard ContinuousClock.now < deadline else {
                throw ArtifactStoreError(.unavailable, "The files of \(hash) took too long to upload to \(location).")
            }
        } catch {
            await BoundedTasks.shielded { await remove(stored, set, hash) }
            throw error
        }
        // From here on nobody may remove the set in haste: a manifest whose answer was lost may be there, or still come.
        let manifest = Manifest(set: set, files: stored)
        if try await !storage.create(manifest.bytes, at: keys.manifest(hash)),
            try await self.manifest(of: hash)?.set != set
        {
            await BoundedTasks.shielded { await remove(stored, set, hash) }
        } else {
            try? await storage.remove(keys.marker(set, hash))
        }
        return location
    }

    /// Copies what is kept under a hash; see ``ArtifactStore``.
    func fetch(_ hash: String, into folder: FilePath) async throws -> Bool {
        try ArtifactHash.check(hash)
        guard let manifest = try await manifest(of: hash) else { return false }
        try await work.run { try StoreFiles.makeFolder(folder) }
        let parts = manifest.files.map { folder.appending(".fetching-\($0.name)") }
        let moved = Mutex<[FilePath]>([])
        do {
            try await BoundedTasks.forEach(Array(zip(manifest.files, parts)), limit: Self.concurrency) { file, part in
                try await download(file, of: manifest, hash, to: part)
            }
            try await work.run {
                for (file, part) in zip(manifest.files, parts) {
                    try StoreFiles.move(part, to: folder.appending(file.name))
                    moved.withLock { $0.append(folder.appending(file.name)) }
                }
            }
        } catch {
            let left = parts + moved.withLock { $0 }
            try? await work.run { for file in left { StoreFiles.removeFile(file) } }
            throw error
        }
        return true
    }

    private func manifest(of hash: String) async throws -> Manifest? {
        let key = keys.manifest(hash)
        return try await storage.bytes(at: key).map { try Manifest($0, at: keys.location.text(of: key)) }
    }

    /// Downloads a file and compares it with the manifest; what was damaged on the way is fetched again, twice.
    private func download(_ file: Manifest.File, of manifest: Manifest, _ hash: String, to part: FilePath) async throws
    {
        let key = keys.file(file.name, in: manifest.set, hash)
        for _ in 0..<3 {
            try await work.run { StoreFiles.removeFile(part) }
            guard try await storage.download(key, to: part, size: file.size) else {
                throw ArtifactStoreError(
                    .corrupt, "\(keys.location.text(of: key)) is not there, though its manifest names it.")
            }
            if try await work.run({ try FileChecks.matches(part, file) }) { return }
        }
        throw ArtifactStoreError(
            .corrupt, "\(keys.location.text(of: key)) is not what was kept: its size or SHA-256 differs.")
    }

    /// Removes the files of a set that did not come to be, then its marker. What cannot be removed now is found by its
    /// marker later.
    private func remove(_ files: [StoredFile], _ set: String, _ hash: String) async {
        do {
            try await BoundedTasks.forEach(files, limit: Self.concurrency) { file in
                try await storage.remove(keys.file(file.name, in: set, hash))
            }
            try await storage.remove(keys.marker(set, hash))
        } catch {
            // The marker stays, and with it the knowledge of what is left to remove.
        }
    }
}
