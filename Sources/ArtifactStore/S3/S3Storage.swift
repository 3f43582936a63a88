internal import FoundationEssentials
internal import HTTPClient
internal import Support
internal import SystemPackage

/// A bucket of S3: AWS, MinIO, Ceph and other compatible servers.
struct S3Storage: ObjectStorage {
    /// The file size from which uploads have parts, and the minimum size of a part.
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

    func put(_ file: ArtifactFile, at key: String) async throws {
        if file.size >= sizes.threshold {
            return try await S3MultipartUpload(storage: self, file: file, key: key).run()
        }
        try await expectSuccess(
            S3Request(
                method: .put, key: key, headers: checksum(file.sha256), body: .file(file.path, count: file.size),
                bodySHA256: file.sha256, action: "store \(key)"))
    }

    func create(_ bytes: [UInt8], at key: String) async throws -> Bool {
        let digest = SHA256.hash(bytes)
        var request = S3Request(
            method: .put, key: key, headers: checksum(digest), body: .bytes(bytes), bodySHA256: digest,
            action: "store \(key)")
        request.headers.add("If-None-Match", "*")
        var response = try await send(request)
        if response.status == 501 {
            // The server does not support the condition.
            request.headers["If-None-Match"] = nil
            response = try await send(request)
        }
        if response.status == 412 { return false }
        try check(response, of: request)
        return true
    }

    func bytes(at key: String) async throws -> [UInt8]? {
        var request = S3Request(method: .get, key: key, action: "read \(key)")
        request.headers.add("x-amz-checksum-mode", "ENABLED")
        let response = try await send(request)
        if try isMissing(response, request) { return nil }
        if let expected = response.head.headers["x-amz-checksum-sha256"],
            expected != Data(SHA256.hash(response.body)).base64EncodedString()
        {
            throw ArtifactStoreError(.corrupt, "\(name) returned \(key) with a wrong SHA-256")
        }
        return response.body
    }

    func download(_ key: String, to file: FilePath, size: Int) async throws -> Bool {
        let request = S3Request(method: .get, key: key, action: "read \(key)")
        let response = try await send(request) { try await client.download($0, to: file, sizeLimit: size) }
        return try !isMissing(response, request)
    }

    func remove(_ key: String) async throws {
        let request = S3Request(method: .delete, key: key, action: "remove \(key)")
        let response = try await send(request)
        _ = try isMissing(response, request)
    }

    func keys(under prefix: String, limit: Int) async throws -> [ListedObject] {
        let query = [("list-type", "2"), ("max-keys", String(min(limit, 1000))), ("prefix", prefix)]
        let request = S3Request(method: .get, key: "", query: query, action: "list \(prefix)")
        let response = try await expectSuccess(request)
        guard let list = XMLElement(response.body), list.name == "ListBucketResult" else {
            throw ArtifactStoreError(.refused, "the response of \(name) is not a list of keys")
        }
        return list.all("Contents").compactMap { object in
            guard let key = object["Key"]?.text, let time = (object["LastModified"]?.text).flatMap(UTC.seconds)
            else { return nil }
            return ListedObject(key: key, modified: time)
        }
    }

    /// The store's name in errors.
    var name: String { "the bucket '\(settings.bucket)' at \(settings.endpoint.url)" }

    /// The header with the checksum that S3 verifies and stores with the object.
    func checksum(_ sha256: [UInt8]) -> HTTPHeaders {
        ["x-amz-checksum-sha256": Data(sha256).base64EncodedString()]
    }

    /// Sends a request with retries; the response may have an error status.
    func send(_ request: S3Request) async throws -> HTTPResponse {
        try await send(request) { try await client.send($0) }
    }

    /// Sends a request with retries and throws if the response has an error status.
    @discardableResult
    func expectSuccess(_ request: S3Request) async throws -> HTTPResponse {
        let response = try await send(request)
        try check(response, of: request)
        return response
    }

    private func send(
        _ request: S3Request, by transport: (HTTPRequest) async throws -> HTTPResponse
    ) async throws -> HTTPResponse {
        do {
            return try await policy.run(isTransient: isTransient) {
                let current = try await credentials.current()
                let response = try await transport(request.signed(for: settings, with: current.value))
                guard S3ErrorResponse(response)?.isExpired == true else { return response }
                await credentials.invalidate(current.generation)
                return try await transport(request.signed(for: settings, with: credentials.current().value))
            }
        } catch let error as HTTPError {
            throw ArtifactStoreError(error)
        }
    }

    private func isTransient(_ response: HTTPResponse) -> Bool {
        RetryPolicy.isTransient(status: response.status) || S3ErrorResponse(response)?.isTransient == true
    }

    /// Whether the object does not exist. Throws for any other error status.
    private func isMissing(_ response: HTTPResponse, _ request: S3Request) throws(ArtifactStoreError) -> Bool {
        if response.status == 404, S3ErrorResponse(response)?.code != "NoSuchBucket" { return true }
        try check(response, of: request)
        return false
    }

    /// Throws if the response has an error status.
    func check(_ response: HTTPResponse, of request: S3Request) throws(ArtifactStoreError) {
        let failure = S3ErrorResponse(response)
        guard !response.isSuccess || failure != nil else { return }
        if failure?.code == "NoSuchBucket" {
            throw ArtifactStoreError(
                .bucketNotFound,
                "the bucket '\(settings.bucket)' does not exist at \(settings.endpoint.url); create it first")
        }
        if (300..<400).contains(response.status) {
            let region = response.head.headers["x-amz-bucket-region"].map { " but in \($0)" } ?? ""
            throw ArtifactStoreError(
                .refused, "\(name) is not in the region \(settings.region)\(region); set the URL's region")
        }
        throw ArtifactStoreError(
            status: response.status, store: name, action: request.action,
            reason: failure.map { "\($0.code): \($0.message)" } ?? "")
    }
}

/// The address of a bucket of S3 or a compatible server, and the credentials.
struct S3Settings: Sendable {
    /// The names of the URL parameters.
    static let parameters = ["endpoint", "region", "path_style"]

    let bucket: String
    let region: String
    let endpoint: Endpoint
    /// The path of the bucket at the endpoint: `/BUCKET/` or `/`.
    let root: String
    let credentials: AWSCredentialChain

    init(_ location: BucketURL, environment: [String: String]) throws(ArtifactStoreError) {
        bucket = location.bucket
        let profile = try AWSProfile(environment: environment)
        let region =
            location.parameters["region"] ?? environment.nonEmpty("AWS_REGION")
            ?? environment.nonEmpty("AWS_DEFAULT_REGION") ?? profile?.values["region"] ?? "us-east-1"
        guard region.wholeMatch(of: /[a-z0-9][a-z0-9\-]*/) != nil else {
            throw ArtifactStoreError(.invalidURL, "invalid region '\(region)': expected a name such as eu-central-1")
        }
        self.region = region
        credentials = AWSCredentialChain(environment: environment, profile: profile, region: region)

        let named =
            location.parameters["endpoint"].map { ($0, "the parameter 'endpoint' of an s3: URL") }
            ?? environment.nonEmpty("AWS_ENDPOINT_URL_S3").map { ($0, "AWS_ENDPOINT_URL_S3") }
            ?? environment.nonEmpty("AWS_ENDPOINT_URL").map { ($0, "AWS_ENDPOINT_URL") }
        let service = try named.map { text, origin throws(ArtifactStoreError) in try Endpoint(text, origin: origin) }
        // The wildcard certificate of the service does not cover bucket names with a dot.
        let usesPath = try Self.flag(location) ?? (service != nil || bucket.contains("."))
        let end = region.hasPrefix("cn-") ? "amazonaws.com.cn" : "amazonaws.com"
        let base = service ?? Endpoint(https: "s3.\(region).\(end)")
        endpoint = usesPath ? base : base.subdomain(bucket)
        root = usesPath ? "/\(bucket)/" : "/"
    }

    private static func flag(_ location: BucketURL) throws(ArtifactStoreError) -> Bool? {
        switch location.parameters["path_style"] {
        case nil: return nil
        case "true": return true
        case "false": return false
        case let text?:
            throw ArtifactStoreError(
                .invalidURL,
                "invalid value '\(text)' of the parameter 'path_style' of an s3: URL: expected 'true' or 'false'")
        }
    }
}

/// A request to S3 before it is signed.
struct S3Request: Sendable {
    var method: HTTPRequest.Method
    /// The object's key; empty for the bucket.
    var key: String
    var query: [(name: String, value: String)] = []
    var headers: HTTPHeaders = [:]
    var body: HTTPBody?
    /// The SHA-256 of the body. It is signed, so that the body cannot be changed on the way, even over http:.
    var bodySHA256: [UInt8] = SHA256.hash([])
    /// The action for errors, such as `store KEY`.
    var action: String

    /// Returns the request with a signature of the current time.
    func signed(for settings: S3Settings, with credentials: AWSCredentials) -> HTTPRequest {
        let digest = Hexadecimal.encode(bodySHA256)
        let path = settings.root + PercentEncoding.encode(key, keepsSlashes: true)
        var headers = headers
        headers.add("Host", settings.endpoint.host)
        headers.add("X-Amz-Content-Sha256", digest)
        let signature = AWSSignature(
            credentials: credentials, region: settings.region, service: "s3", time: UTC.now)
        let added = signature.headers(
            for: AWSSignature.Request(
                method: method, path: path, query: query, headers: headers, payloadSHA256: digest))
        for field in added.fields { headers.add(field.name, field.value) }
        let query = query.isEmpty ? "" : "?" + PercentEncoding.query(query)
        return HTTPRequest(method, settings.endpoint.url + path + query, headers: headers, body: body)
    }
}

/// The XML body of an S3 error response.
struct S3ErrorResponse: Sendable {
    let code: String
    let message: String

    /// `nil` if the response is not an error response.
    init?(_ response: HTTPResponse) {
        guard let root = XMLElement(response.body), root.name == "Error" else { return nil }
        code = root["Code"]?.text ?? ""
        message = root["Message"]?.text ?? ""
    }

    /// Whether the same request may succeed later. The response to the completion of a multipart upload may be such an
    /// error despite its status 200.
    var isTransient: Bool {
        [
            "InternalError", "SlowDown", "ServiceUnavailable", "RequestTimeout", "OperationAborted", "Throttling",
            "BadDigest", "XAmzContentSHA256Mismatch", "ConditionalRequestConflict", "IncompleteBody",
        ].contains(code)
    }

    /// Whether the credentials have expired.
    var isExpired: Bool {
        ["ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "InvalidToken"].contains(code)
    }
}
