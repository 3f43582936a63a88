internal import FoundationEssentials
package import HTTPClient
package import Logging

/// Talks to the API server of a Kubernetes cluster.
///
/// - Every request may be carried out twice without harm: objects are created under names that are given, changes are
///   merge patches or name the version that they change. So what gets no answer, 429 or 5xx is sent again, as the server
///   asks where it says when.
/// - Credentials that the server takes for expired are had anew, once a request.
/// - What went wrong is a ``KubernetesError``; cancelling the task is a `CancellationError`.
package struct KubernetesClient: Sendable {
    /// Where the server is, and as whom.
    package let configuration: KubernetesConfiguration
    package let logger: Logger

    private let http: HTTPClient
    private let retries: RetryPolicy
    private let credentials: RefreshingSecret<Credential>

    /// Prepares; nothing is sent yet.
    ///
    /// - Parameter retries: how often, and how patiently, what may succeed later is sent again.
    package init(_ configuration: KubernetesConfiguration, retries: RetryPolicy = RetryPolicy(), logger: Logger) {
        self.configuration = configuration
        self.logger = logger
        self.retries = retries
        http = HTTPClient()
        credentials = RefreshingSecret { try await configuration.credentials.load(for: configuration) }
    }

    /// The namespace that is meant where none is named: the configuration's, else `default`.
    package var defaultNamespace: String { configuration.namespace ?? "default" }

    /// Which version the server is of; needs no rights.
    package func version() async throws -> ServerVersion {
        let operation = Operation(verb: "tell its version", resource: nil)
        return try decode(try await send(APIRequest(.get, "/version", operation: operation)), for: operation)
    }

    /// Sends a request until there is a final answer.
    ///
    /// - Returns: an answer of success.
    func send(_ request: APIRequest) async throws -> HTTPResponse {
        var renewed = false
        while true {
            let current = try await currentCredential()
            let prepared = prepared(request, as: current.value)
            let response: HTTPResponse
            do {
                response = try await retries.run { try await http.send(prepared, bodyLimit: Self.bodyLimit) }
            } catch let error as HTTPError {
                throw failure(error, request.operation)
            }
            if response.isSuccess { return response }
            if response.status == 401, !renewed, configuration.credentials.canBeRenewed {
                renewed = true
                await credentials.invalidate(current.generation)
                continue
            }
            throw KubernetesError(response, to: request.operation, server: configuration.server)
        }
    }

    /// Opens a stream; for watches. It is not sent again here.
    func stream<Value>(
        _ request: APIRequest, _ body: (HTTPBodyStream) async throws -> Value
    ) async throws -> Value {
        let current = try await currentCredential()
        var prepared = prepared(request, as: current.value)
        // The server ends a watch by itself before; silence for longer means that the connection is dead.
        prepared.limits.silence = .seconds(90)
        do {
            return try await http.withResponse(to: prepared) { head, stream in
                guard head.isSuccess else {
                    var bytes: [UInt8] = []
                    for try await chunk in stream where bytes.count < 1 << 20 { bytes += chunk }
                    if head.status == 401 { await credentials.invalidate(current.generation) }
                    throw KubernetesError(
                        HTTPResponse(head: head, body: bytes), to: request.operation, server: configuration.server)
                }
                return try await body(stream)
            }
        } catch let error as HTTPError {
            throw failure(error, request.operation)
        }
    }

    /// Reads an answer of success.
    func decode<Value: Decodable>(_ response: HTTPResponse, for operation: Operation) throws -> Value {
        do {
            return try JSONDecoder().decode(Value.self, from: Data(response.body))
        } catch {
            throw KubernetesError(
                .unexpectedAnswer,
                "The answer of \(configuration.server), asked to \(operation.phrase), is not what a Kubernetes API server "
                    + "answers; check the server's address.")
        }
    }

    /// A list of pods may be long.
    private static let bodyLimit = 64 << 20

    private func currentCredential() async throws -> RefreshingSecret<Credential>.Current {
        try await credentials.current()
    }

    private func prepared(_ request: APIRequest, as credential: Credential) -> HTTPRequest {
        var url = configuration.server + request.path
        if !request.query.isEmpty { url += "?\(PercentEncoding.query(request.query))" }
        var prepared = HTTPRequest(request.method, url, body: request.body.map { .bytes($0) })
        prepared.headers["Accept"] = "application/json"
        prepared.headers["User-Agent"] = "atmos-explorer"
        if let type = request.contentType { prepared.headers["Content-Type"] = type }
        if let token = credential.token { prepared.headers["Authorization"] = "Bearer \(token)" }
        if let user = configuration.impersonation?.user { prepared.headers["Impersonate-User"] = user }
        for group in configuration.impersonation?.groups ?? [] { prepared.headers.add("Impersonate-Group", group) }
        prepared.tls = configuration.tls
        if let certificate = credential.certificate { prepared.tls.certificate = certificate }
        if let key = credential.privateKey { prepared.tls.privateKey = key }
        prepared.proxy = configuration.proxy
        return prepared
    }

    private func failure(_ error: HTTPError, _ operation: Operation) -> KubernetesError {
        let code: KubernetesError.Code = error.isTransient ? .unreachable : .connection
        return KubernetesError(
            code, "The API server could not be asked to \(operation.phrase) (\(configuration.origin)): \(error.message)"
        )
    }
}
