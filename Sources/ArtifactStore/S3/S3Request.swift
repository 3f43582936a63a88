internal import HTTPClient
internal import Support

/// A request to S3 before it is signed.
struct S3Request: Sendable {
    var method: HTTPRequest.Method
    /// The object's key; empty for the bucket itself.
    var key: String
    var query: [(name: String, value: String)] = []
    var headers: HTTPHeaders = [:]
    var body: HTTPBody?
    /// Of the body. Known before anything is sent: what arrives is then what was signed, over http: too.
    var bodySHA256: [UInt8] = SHA256.hash([])
    /// For an error: what was to be done.
    var deed: String

    /// The request with a signature as of now.
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

/// What S3 says of a failure, in XML.
struct S3Problem: Sendable {
    let code: String
    let message: String

    /// Nil when the response is none of S3's problems.
    init?(_ response: HTTPResponse) {
        guard let root = XMLElement(response.body), root.name == "Error" else { return nil }
        code = root["Code"]?.text ?? ""
        message = root["Message"]?.text ?? ""
    }

    /// Whether the same request may succeed later. A response to the completion of a multipart upload may be of status
    /// 200 and still be such a problem.
    var isTransient: Bool {
        [
            "InternalError", "SlowDown", "ServiceUnavailable", "RequestTimeout", "OperationAborted", "Throttling",
            "BadDigest", "XAmzContentSHA256Mismatch", "ConditionalRequestConflict", "IncompleteBody",
        ].contains(code)
    }

    /// Whether other credentials would do.
    var isExpired: Bool {
        ["ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "InvalidToken"].contains(code)
    }
}
