internal import Glibc
internal import Synchronization

/// Removes what keepers left behind that were killed before their manifest, a day later.
///
/// Nobody ever sees such files; they only take up room. Each has a marker under `.incoming/`, so that finding them needs
/// no look at the whole bucket.
final class AbandonedSets: Sendable {
    private static let limit = 200

    private let keys: ObjectKeys
    private let storage: any ObjectStorage
    private let isDone = Mutex(false)

    init(keys: ObjectKeys, storage: any ObjectStorage) {
        self.keys = keys
        self.storage = storage
    }

    /// Looks for them, the first time that it is called. Tidying up is nobody's duty: it may fail, for want of the
    /// permission to list or remove, without anybody's harm.
    func removeOnce() async {
        let isFirst = isDone.withLock { isDone in
            defer { isDone = true }
            return !isDone
        }
        if isFirst {
            try? await remove(olderThan: Int(time(nil)) - Int(ObjectArtifactStore.abandonedAfter.components.seconds))
        }
    }

    /// Removes the sets whose markers were written before a time, in seconds since 1970.
    func remove(olderThan time: Int) async throws {
        for marker in try await storage.keys(under: keys.incoming, limit: Self.limit) where marker.modified < time {
            guard let (hash, set) = keys.parse(marker: marker.key) else { continue }
            let key = keys.manifest(hash)
            let manifest = try await storage.bytes(at: key).map { try Manifest($0, at: keys.location.text(of: key)) }
            if manifest?.set != set {
                for object in try await storage.keys(under: keys.set(set, hash), limit: Self.limit) {
                    try await storage.remove(object.key)
                }
            }
            try await storage.remove(marker.key)
        }
    }
}
