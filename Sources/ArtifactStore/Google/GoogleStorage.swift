internal import FoundationEssentials
internal import HTTPClient
internal import Support
internal import SystemPackage

/// A bucket of Google Cloud Storage, by its JSON API.
struct GoogleStorage: ObjectStorage {
    let settings: GoogleSettings
    let policy: RetryPolicy
    /// The size of chunks, a multiple of 256 KiB. Larger files are uploaded in chunks.
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

    func put(_ file: ArtifactFile, at key: String) async throws {
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
            throw ArtifactStoreError(.corrupt, "\(name) returned \(key) with a wrong CRC32C")
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
            throw ArtifactStoreError(.refused, "the response of \(name) is not a list of objects")
        }
        return (page.items ?? []).compactMap { object in
            guard let name = object.name, let time = object.updated.flatMap(UTC.seconds) else { return nil }
            return ListedObject(key: name, modified: time)
        }
    }

    /// The store's name in errors.
    var name: String { "the bucket '\(settings.bucket)' at \(settings.endpoint.url)" }

    private var bucket: String { "b/\(PercentEncoding.encode(settings.bucket))" }

    private func object(_ key: String) -> String {
        "\(settings.endpoint.url)/storage/v1/\(bucket)/o/\(PercentEncoding.encode(key))"
    }

    /// The URL for an upload of a kind.
    func uploadURL(_ kind: String, _ more: [(name: String, value: String)] = []) -> String {
        "\(settings.endpoint.url)/upload/storage/v1/\(bucket)/o?\(PercentEncoding.query([("uploadType", kind)] + more))"
    }

    /// A request with an object and its description.
    private func upload(
        _ contents: HTTPBody.Piece, crc32c: [UInt8], at key: String, condition: [(name: String, value: String)]
    ) throws -> HTTPRequest {
        let boundary = ObjectKeys.newUploadID()
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

    /// Sends a request with retries; the response may have an error status.
    ///
    /// Every request may be repeated: a repeated upload has the same content or a condition.
    func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        try await send(request) { try await client.send($0) }
    }

    private func send(
        _ request: HTTPRequest, by transport: (HTTPRequest) async throws -> HTTPResponse
    ) async throws -> HTTPResponse {
        try await retrying { try await once(request, by: transport) }
    }

    /// Repeats a request while its failures are transient.
    func retrying(_ attempt: () async throws -> HTTPResponse) async throws -> HTTPResponse {
        do {
            return try await policy.run(attempt)
        } catch let error as HTTPError {
            throw ArtifactStoreError(error)
        }
    }

    /// Sends a request once, or twice if its token was refused.
    func once(_ request: HTTPRequest) async throws -> HTTPResponse {
        try await once(request) { try await client.send($0) }
    }

    private func once(
        _ request: HTTPRequest, by transport: (HTTPRequest) async throws -> HTTPResponse
    ) async throws -> HTTPResponse {
        guard let token else { return try await transport(request) }
        let current = try await token.current()
        let response = try await transport(request.bearing(current.value))
        guard response.status == 401 else { return response }
        await token.invalidate(current.generation)
        return try await transport(request.bearing(token.current().value))
    }

    private func isMissing(_ response: HTTPResponse, _ key: String) throws(ArtifactStoreError) -> Bool {
        if response.status == 404, !GoogleObject.reason(response).contains("bucket does not exist") { return true }
        try check(response, to: "read \(key)")
        return false
    }

    /// Throws if the response has an error status.
    func check(_ response: HTTPResponse, to action: String) throws(ArtifactStoreError) {
        guard !response.isSuccess else { return }
        if response.status == 404 {
            throw ArtifactStoreError(
                .bucketNotFound,
                "the bucket '\(settings.bucket)' does not exist at \(settings.endpoint.url); create it first")
        }
        throw ArtifactStoreError(
            status: response.status, store: name, action: action, reason: GoogleObject.reason(response))
    }

    /// Compares the stored object with the sent one.
    func verify(_ response: HTTPResponse, of key: String, size: Int, crc32c: [UInt8]) throws(ArtifactStoreError) {
        let object = try? JSONDecoder().decode(GoogleObject.self, from: Data(response.body))
        guard let object, object.size == String(size),
            object.crc32c.map({ $0 == Data(crc32c).base64EncodedString() }) ?? true
        else { throw ArtifactStoreError(.corrupt, "\(name) stored \(key) with a wrong size or CRC32C") }
    }
}

extension HTTPRequest {
    /// Returns the request with an access token.
    fileprivate func bearing(_ token: String) -> HTTPRequest {
        var request = self
        request.headers["Authorization"] = "Bearer \(token)"
        return request
    }
}

/// The description of an object in Google Cloud Storage.
struct GoogleObject: Decodable {
    let name: String?
    /// The number of bytes as decimal text.
    let size: String?
    /// The checksum in base64.
    let crc32c: String?
    let updated: String?

    /// A page of a listing.
    struct Page: Decodable {
        let items: [GoogleObject]?
    }

    /// The description of a new object. The service refuses an upload that does not match the checksum.
    struct Description: Encodable {
        let name: String
        let crc32c: String

        init(name: String, crc32c: [UInt8]) {
            self.name = name
            self.crc32c = Data(crc32c).base64EncodedString()
        }

        var bytes: [UInt8] {
            get throws { Array(try JSONEncoder().encode(self)) }
        }
    }

    /// The message of an error response: `{"error": {"message": …}}`, or plain text.
    static func reason(_ response: HTTPResponse) -> String {
        struct ErrorResponse: Decodable {
            struct Reason: Decodable { let message: String }
            let error: Reason
        }
        let error = try? JSONDecoder().decode(ErrorResponse.self, from: Data(response.body))
        return error?.error.message ?? String(response.text.prefix(200))
    }
}

/// The address of a bucket of Google Cloud Storage, and the credentials.
struct GoogleSettings: Sendable {
    /// The names of the URL parameters.
    static let parameters = ["endpoint"]

    let bucket: String
    let endpoint: Endpoint
    /// `nil` for an emulator, which needs no credentials.
    let credentials: GoogleCredentialChain?

    init(_ location: BucketURL, environment: [String: String]) throws(ArtifactStoreError) {
        bucket = location.bucket
        if let text = location.parameters["endpoint"] {
            endpoint = try Endpoint(text, origin: "the parameter 'endpoint' of a gs: URL")
            credentials = GoogleCredentialChain(environment: environment)
        } else if let text = environment.nonEmpty("STORAGE_EMULATOR_HOST") {
            endpoint = try Endpoint(text.contains("://") ? text : "http://\(text)", origin: "STORAGE_EMULATOR_HOST")
            credentials = nil
        } else {
            endpoint = Endpoint(https: "storage.googleapis.com")
            credentials = GoogleCredentialChain(environment: environment)
        }
    }
}
