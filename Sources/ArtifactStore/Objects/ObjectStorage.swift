internal import SystemPackage

/// A bucket of an object store: whole objects under keys. What may be tried again is, inside.
protocol ObjectStorage: Sendable {
    /// Puts a file at a key, whole or not at all, replacing what is there.
    func put(_ file: StoredFile, at key: String) async throws

    /// Puts bytes at a key where nothing is.
    ///
    /// - Returns: false when something is there already, which stays; a store that does not know this condition replaces
    ///   it and returns true. Also false, sometimes, when an earlier try whose answer was lost had put it there.
    func create(_ bytes: [UInt8], at key: String) async throws -> Bool

    /// The bytes at a key; nil when there is nothing.
    func bytes(at key: String) async throws -> [UInt8]?

    /// Puts what is at a key into a new file.
    ///
    /// - Parameter size: how many bytes it may be.
    /// - Returns: false when there is nothing at the key.
    func download(_ key: String, to file: FilePath, size: Int) async throws -> Bool

    /// Removes what is at a key, if anything is.
    func remove(_ key: String) async throws

    /// The keys that begin with a prefix, in order, at most so many.
    func keys(under prefix: String, limit: Int) async throws -> [ListedObject]
}

/// An object in a listing.
struct ListedObject: Sendable, Hashable {
    let key: String
    /// When it was last written, in seconds since 1970, by the store's clock.
    let modified: Int
}
