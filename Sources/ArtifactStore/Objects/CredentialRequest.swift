internal import FoundationEssentials
internal import HTTPClient

/// Requests to the services that hand out credentials.
enum CredentialRequest {
    /// Few attempts and short ones: those services are near, and their absence is quickly told.
    private static let policy = RetryPolicy(attempts: 4, base: .milliseconds(100), cap: .seconds(2))

    /// Sends a request that may be repeated, and gives the body of a response of success.
    ///
    /// - Parameters:
    ///   - origin: how errors name who is asked.
    ///   - isNear: whether it is asked without any proxy, and given little time to connect.
    ///   - advice: what to do when it cannot be reached.
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
            throw ArtifactStoreError(.credentials, "\(origin) gave no credentials: \(error.message) \(advice)")
        }
        guard response.isSuccess else {
            // Such an answer has an error's name in it and no secret.
            let said = XMLElement(response.body)?["Error"]?["Message"]?.text ?? String(response.text.prefix(300))
            throw ArtifactStoreError(
                .credentials, "\(origin) gave no credentials, but status \(response.status): \(said) \(advice)")
        }
        return response.body
    }

    /// The text of a file that holds a secret, without its last newline.
    static func secret(in file: String, named variable: String) throws(ArtifactStoreError) -> String {
        guard let text = try? String(contentsOfFile: file, encoding: .utf8) else {
            throw ArtifactStoreError(.credentials, "\(variable) names '\(file)', which cannot be read as text.")
        }
        return text.last?.isNewline == true ? String(text.dropLast()) : text
    }
}
