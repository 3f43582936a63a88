internal import HTTPClient
internal import Support

/// AWS Signature Version 4: signs a request with a key that is derived from the secret for one day, region and service
/// (AWS, "Create a signed AWS API request").
struct AWSSignature: Sendable {
    let credentials: AWSCredentials
    let region: String
    let service: String
    /// Seconds since 1970; servers accept a request for 15 minutes.
    let time: Int

    /// The signed parts of a request.
    struct Request {
        var method: HTTPRequest.Method
        /// The percent-encoded path.
        var path: String
        /// The query, neither encoded nor sorted.
        var query: [(name: String, value: String)] = []
        /// The headers to sign, including `Host`.
        var headers: HTTPHeaders
        /// The SHA-256 of the body in hexadecimal.
        var payloadSHA256: String
    }

    /// Returns the headers to add to a request.
    func headers(for request: Request) -> HTTPHeaders {
        var added: HTTPHeaders = ["X-Amz-Date": UTC.compact(time)]
        if let token = credentials.sessionToken { added["X-Amz-Security-Token"] = token }
        var signed = request
        for field in added.fields { signed.headers.add(field.name, field.value) }
        added["Authorization"] = authorization(of: signed)
        return added
    }

    /// Returns the `Authorization` header of a request that has all other headers.
    func authorization(of request: Request) -> String {
        let signature = HMACSHA256.code(of: textToSign(of: request).utf8, key: signingKey)
        return "AWS4-HMAC-SHA256 Credential=\(credentials.accessKeyID)/\(scope), SignedHeaders=\(Self.names(request)), "
            + "Signature=\(Hexadecimal.encode(signature))"
    }

    /// Returns the canonical request, step 1 of the published procedure.
    static func canonicalRequest(_ request: Request) -> String {
        let query = request.query
            .map { (PercentEncoding.encode($0.name), PercentEncoding.encode($0.value)) }
            .sorted { $0 < $1 }.map { "\($0.0)=\($0.1)" }.joined(separator: "&")
        let headers = grouped(request).map { "\($0.name):\($0.values.joined(separator: ","))\n" }.joined()
        return [request.method.rawValue, request.path, query, headers, names(request), request.payloadSHA256]
            .joined(separator: "\n")
    }

    private func textToSign(of request: Request) -> String {
        let digest = SHA256.hash(Self.canonicalRequest(request).utf8)
        return "AWS4-HMAC-SHA256\n\(UTC.compact(time))\n\(scope)\n\(Hexadecimal.encode(digest))"
    }

    private var day: String { String(UTC.compact(time).prefix(8)) }
    private var scope: String { "\(day)/\(region)/\(service)/aws4_request" }

    private var signingKey: [UInt8] {
        [day, region, service, "aws4_request"].reduce(Array("AWS4\(credentials.secretAccessKey)".utf8)) { key, part in
            HMACSHA256.code(of: part.utf8, key: key)
        }
    }

    private static func names(_ request: Request) -> String {
        grouped(request).map(\.name).joined(separator: ";")
    }

    /// The headers sorted by lower-case name; runs of blanks in values are collapsed.
    private static func grouped(_ request: Request) -> [(name: String, values: [String])] {
        Dictionary(grouping: request.headers.fields) { $0.name.lowercased() }
            .map { name, fields in
                (name, fields.map { $0.value.split { $0 == " " || $0 == "\t" }.joined(separator: " ") })
            }
            .sorted { $0.0 < $1.0 }
    }
}
