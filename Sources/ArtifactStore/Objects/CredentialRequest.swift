internal import FoundationEssentials
internal import HTTPClient
internal import Support

/// Requests to credential services.
enum CredentialRequest {
    /// Few and short attempts, because these services are nearby and their absence should be reported quickly.
    private static let policy = RetryPolicy(attempts: 4, base: .milliseconds(100), cap: .seconds(2))

    /// Sends a request with retries and returns the body of a successful response.
    ///
    /// - Parameters:
    ///   - origin: the service's name in errors.
    ///   - isNear: whether to bypass proxies and to allow little time.
    ///   - advice: appended to errors.
    static func body(
        of request: HTTPRequest, _ client: HTTPClient, origin: String, isNear: Bool, advice: String
    ) async throws -> [UInt8] {
        var request = request
        request.limits.overall = .seconds(isNear ? 5 : 30)
        if isNear {
            request.proxy = .none
            request.limits.connect = .seconds(2)
        }
        let sent = request
        let response: HTTPResponse
        do {
            response = try await policy.run { try await client.send(sent, bodyLimit: 1 << 20) }
        } catch let error as HTTPError {
            throw ArtifactStoreError(.credentials, "\(origin) gave no credentials: \(error.message); \(advice)")
        }
        guard response.isSuccess else {
            // An error response contains no secrets.
            let text = XMLElement(response.body)?["Error"]?["Message"]?.text ?? String(response.text.prefix(300))
            throw ArtifactStoreError(
                .credentials, "\(origin) gave no credentials: \(text) (status \(response.status)); \(advice)")
        }
        return response.body
    }

    /// Reads the text of a file with a secret, without its final line break.
    static func secret(in file: String, named variable: String) throws(ArtifactStoreError) -> String {
        guard let text = try? String(contentsOfFile: file, encoding: .utf8) else {
            throw ArtifactStoreError(.credentials, "cannot read '\(file)', set by \(variable), as text")
        }
        return SecretText.trimmed(text)
    }
}

extension [String: String] {
    /// The value of a variable; `nil` if it is unset or empty.
    func nonEmpty(_ name: String) -> String? {
        self[name].flatMap { $0.isEmpty ? nil : $0 }
    }
}
