internal import FoundationEssentials
internal import HTTPClient
internal import Support
internal import SystemPackage

/// A bucket of Google Cloud Storage, by its JSON API.
struct GoogleStorage: ObjectStorage {
    let settings: GoogleSettings
    let policy: RetryPolicy
    /// From which size on a file is uploaded in chunks, and how large these are: a multiple of 256 KiB.
    let chunk: Int
    private let client: HTTPClient
    private let token: RefreshingSecret<String>?

    init(
        settings: GoogleSettings, client: HTTPClient, chunk: Int = 16 << 20,
        policy: RetryPolicy = RetryPolicy(attempts: 8)
    ) {
        self.settings = settings
        self.client = client
        self.chunk = chunk
        self.policy = policy
        token = settings.credentials.map { chain in RefreshingSecret { try await chain.load(client) } }
    }

    func put(_ file: StoredFile, at key: String) async throws {
        if file.size > chunk { return try await GoogleResumableUpload(storage: self, file: file, key: key).run() }
        let request = try upload(
            .file(file.path, offset: 0, count: file.size), crc32c: file.crc32c, at: key, condition: [])
        let response = try await send(request)
        try check(response, to: "store \(key)")
        try verify(response, of: key, size: file.size, crc32c: file.crc32c)
    }

    func create(_ bytes: [UInt8], at key: String) async throws -> Bool {
        var check = CRC32C()
        bytes.withUnsafeBytes { check.update($0) }
        let request = try upload(
            .bytes(bytes), crc32c: check.bytes, at: key, condition: [("ifGenerationMatch", "0")])
        let response = try await send(request)
        if response.status == 412 { return false }
        try self.check(response, to: "store \(key)")
        try verify(response, of: key, size: bytes.count, crc32c: check.bytes)
        return true
    }

    func bytes(at key: String) async throws -> [UInt8]? {
        let response = try await send(HTTPRequest(.get, object(key) + "?alt=media"))
        guard try !isMissing(response, key) else { return nil }
        var check = CRC32C()
        response.body.withUnsafeBytes { check.update($0) }
        let hashes = response.head.headers.fields.filter { $0.name.lowercased() == "x-goog-hash" }
            .flatMap { $0.value.split(separator: ",") }
        if let expected = hashes.first(where: { $0.hasPrefix("crc32c=") })?.dropFirst("crc32c=".count),
            expected != Data(check.bytes).base64EncodedString()
        {
            throw ArtifactStoreError(.corrupt, "\(name): the CRC32C of \(key) is not what the store says it is.")
        }
        return response.body
    }

    func download(_ key: String, to file: FilePath, size: Int) async throws -> Bool {
        let response = try await send(HTTPRequest(.get, object(key) + "?alt=media")) {
            try await client.download($0, to: file, sizeLimit: size)
        }
        return try !isMissing(response, key)
    }

    func remove(_ key: String) async throws {
        _ = try isMissing(try await send(HTTPRequest(.delete, object(key))), key)
    }

    func keys(under prefix: String, limit: Int) async throws -> [ListedObject] {
        let query = PercentEncoding.query([("prefix", prefix), ("maxResults", String(min(limit, 1000)))])
        let response = try await send(HTTPRequest(.get, "\(settings.endpoint.url)/storage/v1/\(bucket)/o?\(query)"))
        try check(response, to: "list \(prefix)")
        guard let page = try? JSONDecoder().decode(GoogleObject.Page.self, from: Data(response.body)) else {
            throw ArtifactStoreError(.refused, "\(name) answered with something other than a list of objects.")
        }
        return (page.items ?? []).compactMap { object in
            guard let name = object.name, let time = object.updated.flatMap(UTC.seconds) else { return nil }
            return ListedObject(key: name, modified: time)
        }
    }

    /// How errors name the store.
    var name: String { "The bucket \(settings.bucket) at \(settings.endpoint.url)" }

    private var bucket: String { "b/\(PercentEncoding.encode(settings.bucket))" }

    private func object(_ key: String) -> String {
        "\(settings.endpoint.url)/storage/v1/\(bucket)/o/\(PercentEncoding.encode(key))"
    }

    /// The URL to which an upload of a kind goes.
    func uploadURL(_ kind: String, _ more: [(name: String, value: String)] = []) -> String {
        "\(settings.endpoint.url)/upload/storage/v1/\(bucket)/o?\(PercentEncoding.query([("uploadType", kind)] + more))"
    }

    /// An object and what is said of it in one request.
    private func upload(
        _ contents: HTTPBody.Piece, crc32c: [UInt8], at key: String, condition: [(name: String, value: String)]
    ) throws -> HTTPRequest {
        let boundary = ObjectKeys.newSet()
        let head = "--\(boundary)\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n"
        let middle = "\r\n--\(boundary)\r\nContent-Type: application/octet-stream\r\n\r\n"
        let description = try GoogleObject.Description(name: key, crc32c: crc32c).bytes
        return HTTPRequest(
            .post, uploadURL("multipart", condition),
            headers: ["Content-Type": "multipart/related; boundary=\(boundary)"],
            body: HTTPBody([
                .bytes(Array(head.utf8) + description + Array(middle.utf8)), contents,
                .bytes(Array("\r\n--\(boundary)--\r\n".utf8)),
            ]))
    }

    /// Sends a request and its repetitions; the response may be one of failure.
    ///
    /// All of ours may be repeated: what is uploaded twice is the same, or there on condition.
    func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        try await send(request) { try await client.send($0) }
    }

    private func send(
        _ request: HTTPRequest, by way: (HTTPRequest) async throws -> HTTPResponse
    ) async throws -> HTTPResponse {
        try await retrying { try await once(request, by: way) }
    }

    /// Repeats something as long as its failures may pass.
    func retrying(_ attempt: () async throws -> HTTPResponse) async throws -> HTTPResponse {
        do {
            return try await policy.run(attempt)
        } catch let error as HTTPError {
            throw StoreFailure.error(error)
        }
    }

    /// Sends a request once; twice when its token was refused.
    func once(_ request: HTTPRequest) async throws -> HTTPResponse {
        try await once(request) { try await client.send($0) }
    }

    private func once(
        _ request: HTTPRequest, by way: (HTTPRequest) async throws -> HTTPResponse
    ) async throws -> HTTPResponse {
        guard let token else { return try await way(request) }
        let current = try await token.current()
        let response = try await way(request.bearing(current.value))
        guard response.status == 401 else { return response }
        await token.invalidate(current.generation)
        return try await way(request.bearing(token.current().value))
    }

    private func isMissing(_ response: HTTPResponse, _ key: String) throws(ArtifactStoreError) -> Bool {
        if response.status == 404, !GoogleObject.reason(response).contains("bucket does not exist") { return true }
        try check(response, to: "read \(key)")
        return false
    }

    /// Throws unless the response is one of success.
    func check(_ response: HTTPResponse, to deed: String) throws(ArtifactStoreError) {
        guard !response.isSuccess else { return }
        if response.status == 404 {
            throw ArtifactStoreError(
                .bucketNotFound, "There is no bucket '\(settings.bucket)' at \(settings.endpoint.url); make it first.")
        }
        throw StoreFailure.error(
            status: response.status, store: name, doing: deed, reason: GoogleObject.reason(response))
    }

    /// Compares what the store has now with what was sent.
    func verify(_ response: HTTPResponse, of key: String, size: Int, crc32c: [UInt8]) throws(ArtifactStoreError) {
        let object = try? JSONDecoder().decode(GoogleObject.self, from: Data(response.body))
        guard let object, object.size == String(size),
            object.crc32c.map({ $0 == Data(crc32c).base64EncodedString() }) ?? true
        else { throw ArtifactStoreError(.corrupt, "\(name) stored \(key) with another size or CRC32C than was sent.") }
    }
}

extension HTTPRequest {
    /// The request with an access token.
    fileprivate func bearing(_ token: String) -> HTTPRequest {
        var request = self
        request.headers["Authorization"] = "Bearer \(token)"
        return request
    }
}
