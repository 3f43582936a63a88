internal import FoundationEssentials
internal import HTTPClient
internal import Support
internal import SystemPackage

/// A bucket of S3: AWS, MinIO, Ceph and others that speak its language.
struct S3Storage: ObjectStorage {
    /// From which size on a file is uploaded in parts, and how large these are at least.
    struct PartSizes: Sendable {
        var threshold = 32 << 20
        var part = 16 << 20
    }

    let settings: S3Settings
    let sizes: PartSizes
    let policy: RetryPolicy
    private let client: HTTPClient
    private let credentials: RefreshingSecret<AWSCredentials>

    init(
        settings: S3Settings, client: HTTPClient, sizes: PartSizes = PartSizes(),
        policy: RetryPolicy = RetryPolicy(attempts: 8)
    ) {
        self.settings = settings
        self.client = client
        self.sizes = sizes
        self.policy = policy
        credentials = RefreshingSecret { try await settings.credentials.load(client) }
    }

    func put(_ file: StoredFile, at key: String) async throws {
        if file.size >= sizes.threshold {
            return try await S3MultipartUpload(storage: self, file: file, key: key).run()
        }
        try await expectSuccess(
            S3Request(
                method: .put, key: key, headers: checksum(file.sha256), body: .file(file.path, count: file.size),
                bodySHA256: file.sha256, deed: "store \(key)"))
    }

    func create(_ bytes: [UInt8], at key: String) async throws -> Bool {
        let digest = SHA256.hash(bytes)
        var request = S3Request(
            method: .put, key: key, headers: checksum(digest), body: .bytes(bytes), bodySHA256: digest,
            deed: "store \(key)")
        request.headers.add("If-None-Match", "*")
        var response = try await send(request)
        if response.status == 501 {
            // A server that does not know the condition, and says so.
            request.headers["If-None-Match"] = nil
            response = try await send(request)
        }
        if response.status == 412 { return false }
        try check(response, of: request)
        return true
    }

    func bytes(at key: String) async throws -> [UInt8]? {
        var request = S3Request(method: .get, key: key, deed: "read \(key)")
        request.headers.add("x-amz-checksum-mode", "ENABLED")
        let response = try await send(request)
        if try isMissing(response, request) { return nil }
        if let expected = response.head.headers["x-amz-checksum-sha256"],
            expected != Data(SHA256.hash(response.body)).base64EncodedString()
        {
            throw ArtifactStoreError(.corrupt, "\(name): the SHA-256 of \(key) is not what the store says it is.")
        }
        return response.body
    }

    func download(_ key: String, to file: FilePath, size: Int) async throws -> Bool {
        let request = S3Request(method: .get, key: key, deed: "read \(key)")
        let response = try await send(request) { try await client.download($0, to: file, sizeLimit: size) }
        return try !isMissing(response, request)
    }

    func remove(_ key: String) async throws {
        let request = S3Request(method: .delete, key: key, deed: "remove \(key)")
        let response = try await send(request)
        _ = try isMissing(response, request)
    }

    func keys(under prefix: String, limit: Int) async throws -> [ListedObject] {
        let query = [("list-type", "2"), ("max-keys", String(min(limit, 1000))), ("prefix", prefix)]
        let request = S3Request(method: .get, key: "", query: query, deed: "list \(prefix)")
        let response = try await expectSuccess(request)
        guard let list = XMLElement(response.body), list.name == "ListBucketResult" else {
            throw ArtifactStoreError(.refused, "\(name) answered with something other than a list of keys.")
        }
        return list.all("Contents").compactMap { object in
            guard let key = object["Key"]?.text, let time = (object["LastModified"]?.text).flatMap(UTC.seconds)
            else { return nil }
            return ListedObject(key: key, modified: time)
        }
    }

    /// How errors name the store.
    var name: String { "The bucket \(settings.bucket) at \(settings.endpoint.url)" }

    /// The header by which S3 checks what arrives, and that it keeps with the object.
    func checksum(_ sha256: [UInt8]) -> HTTPHeaders {
        ["x-amz-checksum-sha256": Data(sha256).base64EncodedString()]
    }

    /// Sends a request and its repetitions; the response may be one of failure.
    func send(_ request: S3Request) async throws -> HTTPResponse {
        try await send(request) { try await client.send($0) }
    }

    /// Sends a request whose failure is an error.
    @discardableResult
    func expectSuccess(_ request: S3Request) async throws -> HTTPResponse {
        let response = try await send(request)
        try check(response, of: request)
        return response
    }

    private func send(
        _ request: S3Request, by way: (HTTPRequest) async throws -> HTTPResponse
    ) async throws -> HTTPResponse {
        do {
            return try await policy.run(isTransient: isTransient) {
                let current = try await credentials.current()
                let response = try await way(request.signed(for: settings, with: current.value))
                guard S3Problem(response)?.isExpired == true else { return response }
                await credentials.invalidate(current.generation)
                return try await way(request.signed(for: settings, with: credentials.current().value))
            }
        } catch let error as HTTPError {
            throw StoreFailure.error(error)
        }
    }

    private func isTransient(_ response: HTTPResponse) -> Bool {
        RetryPolicy.isTransient(status: response.status) || S3Problem(response)?.isTransient == true
    }

    /// Whether there is nothing at the key; any other failure is an error.
    private func isMissing(_ response: HTTPResponse, _ request: S3Request) throws(ArtifactStoreError) -> Bool {
        if response.status == 404, S3Problem(response)?.code != "NoSuchBucket" { return true }
        try check(response, of: request)
        return false
    }

    /// Throws unless the response is one of success.
    func check(_ response: HTTPResponse, of request: S3Request) throws(ArtifactStoreError) {
        let problem = S3Problem(response)
        guard !response.isSuccess || problem != nil else { return }
        if problem?.code == "NoSuchBucket" {
            throw ArtifactStoreError(
                .bucketNotFound, "There is no bucket '\(settings.bucket)' at \(settings.endpoint.url); make it first.")
        }
        if (300..<400).contains(response.status) {
            let region = response.head.headers["x-amz-bucket-region"].map { ": it is in \($0)" } ?? ""
            throw ArtifactStoreError(
                .refused, "\(name) is not in the region \(settings.region)\(region); set the URL's region.")
        }
        throw StoreFailure.error(
            status: response.status, store: name, doing: request.deed,
            reason: problem.map { "\($0.code): \($0.message)" } ?? "")
    }
}
