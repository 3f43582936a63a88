internal import HTTPClient
internal import SystemPackage

/// A bucket of an object store: whole objects under keys. Implementations retry transient failures.
protocol ObjectStorage: Sendable {
    /// Puts a file at a key atomically and replaces any object there.
    func put(_ file: ArtifactFile, at key: String) async throws

    /// Puts bytes at a key if no object exists there.
    ///
    /// - Returns: false if an object exists, which stays. A store without conditional writes replaces it and returns
    ///   true. The result may also be false if an earlier attempt whose response was lost created the object.
    func create(_ bytes: [UInt8], at key: String) async throws -> Bool

    /// Returns the bytes at a key; `nil` if no object exists there.
    func bytes(at key: String) async throws -> [UInt8]?

    /// Downloads the object at a key to a new file.
    ///
    /// - Parameter size: the maximum number of bytes.
    /// - Returns: false if no object exists at the key.
    func download(_ key: String, to file: FilePath, size: Int) async throws -> Bool

    /// Removes the object at a key if it exists.
    func remove(_ key: String) async throws

    /// Lists up to `limit` keys that begin with a prefix, sorted.
    func keys(under prefix: String, limit: Int) async throws -> [ListedObject]
}

/// An object in a listing.
struct ListedObject: Sendable, Hashable {
    let key: String
    /// The time of the last write by the store's clock, in seconds since 1970.
    let modified: Int
}

extension ArtifactStoreError {
    /// Creates the error for a request without a complete response.
    init(_ error: HTTPError) {
        let code: Code =
            switch error.code {
            case .invalidRequest: .invalidURL
            case .fileSystem: .fileSystem
            default: .unavailable
            }
        self.init(code, error.message)
    }

    /// Creates the error for a response with an error status.
    ///
    /// - Parameters:
    ///   - store: the store's name in the message.
    ///   - action: completes "the store refused to …".
    ///   - reason: the code and the message in the response; may be empty.
    init(status: Int, store: String, action: String, reason: String) {
        let answer = reason.isEmpty ? "status \(status)" : "\(reason.prefix(500)) (status \(status))"
        switch status {
        case 401, 403:
            self.init(.accessDenied, "\(store) refused to \(action): \(answer); check the credentials and permissions")
        case 429, 500...:
            self.init(.unavailable, "\(store) repeatedly failed to \(action): \(answer)")
        default: self.init(.refused, "\(store) did not \(action): \(answer)")
        }
    }
}
