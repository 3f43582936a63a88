internal import FoundationEssentials
internal import HTTPClient
package import Support

/// The error of a request that the API server refused, or that could not be sent.
package struct KubernetesError: Error, Sendable, CustomStringConvertible {
    /// The reasons.
    package enum Code: Sendable, Hashable {
        /// 400: the request is malformed; with strict validation also an unknown or duplicate field.
        case badRequest
        /// 401: the credentials are invalid.
        case unauthorized
        /// 403: the account lacks the permission, or a quota or an admission rule forbids the request.
        case forbidden
        /// 404: the object, namespace or kind does not exist.
        case notFound
        /// 409: an object of this name exists.
        case alreadyExists
        /// 409: another client changed the object concurrently.
        case conflict
        /// 410: the server no longer has the requested version.
        case expired
        /// 422: the object violates the rules of its kind.
        case invalid
        /// 429: the server limits the request rate.
        case tooManyRequests
        /// 5xx: the server or a service behind it failed.
        case unavailable
        /// There was no response: a network failure, an unknown host or a time-out.
        case unreachable
        /// The TLS handshake failed, or the request is invalid.
        case connection
        /// The response is not one of a Kubernetes API server.
        case unexpectedAnswer
        /// The kubeconfig or the pod's configuration is unusable.
        case configuration
        /// The credentials could not be loaded.
        case credentials
    }

    /// One error in an object.
    package struct Cause: Sendable, Hashable {
        /// The path, such as `spec.template.spec.restartPolicy`.
        package let field: String
        /// The reason.
        package let message: String
    }

    /// The reason, for programs.
    package let code: Code
    /// The reason, the place and advice for users, in one line without secrets.
    package let message: String
    /// The errors in the object; empty unless the server lists them.
    package let causes: [Cause]

    package init(_ code: Code, _ message: String, causes: [Cause] = []) {
        self.code = code
        self.message = message
        self.causes = causes
    }

    /// The message.
    package var description: String { message }

    /// Whether the same request may succeed later without any change.
    package var isTransient: Bool {
        switch code {
        case .tooManyRequests, .unavailable, .unreachable: true
        default: false
        }
    }
}

extension KubernetesError: ErrorWithExitStatus {
    /// 69 if a later attempt may succeed, 78 if something has to be changed first.
    package var exitStatus: ExitStatus { isTransient ? .unavailable : .configuration }
}

extension ManifestError: ErrorWithExitStatus {
    /// 78: the manifest has to be changed.
    package var exitStatus: ExitStatus { .configuration }
}

/// The `Status` object, with which the API server reports errors.
struct Status: Decodable, Sendable {
    struct Details: Decodable, Sendable {
        struct Cause: Decodable, Sendable {
            let field: String?
            let message: String?
        }

        let causes: [Cause]?
    }

    let message: String?
    let reason: String?
    let code: Int?
    let details: Details?

    /// Reads the status in a body; `nil` for any other body, such as that of a proxy.
    init?(_ body: [UInt8]) {
        struct Kind: Decodable { let kind: String }
        let data = Data(body)
        let decoder = JSONDecoder()
        guard (try? decoder.decode(Kind.self, from: data))?.kind == "Status",
            let status = try? decoder.decode(Status.self, from: data)
        else { return nil }
        self = status
    }
}

extension KubernetesError {
    /// Creates the error for a response with an error status.
    init(_ response: HTTPResponse, to operation: Operation, server: String) {
        let status = Status(response.body)
        self.init(
            status: response.status, reason: status?.reason, causes: status?.details?.causes ?? [],
            text: status?.message ?? String(response.text.prefix(300)), operation: operation, server: server)
    }

    /// Creates the error for a status in a watch.
    init(_ status: Status, to operation: Operation, server: String) {
        self.init(
            status: status.code ?? 500, reason: status.reason, causes: status.details?.causes ?? [],
            text: status.message ?? "", operation: operation, server: server)
    }

    private init(
        status: Int, reason: String?, causes: [Status.Details.Cause], text: String, operation: Operation, server: String
    ) {
        let code = Self.code(status: status, reason: reason)
        let list = causes.map { Cause(field: $0.field ?? "", message: $0.message ?? "") }
        let problem: String
        if code == .invalid, !list.isEmpty {
            problem = list.map { $0.field.isEmpty ? $0.message : "\($0.field): \($0.message)" }.joined(separator: "; ")
        } else {
            problem = text.isEmpty ? "no message" : text
        }
        let answer = reason.map { "\(status) \($0)" } ?? "status \(status)"
        let advice = Self.advice(code, text: text).map { "; \($0)" } ?? ""
        self.init(
            code, "the API server \(server) did not \(operation.phrase): \(problem) (\(answer))\(advice)", causes: list)
    }

    private static func code(status: Int, reason: String?) -> Code {
        switch status {
        case 401: .unauthorized
        case 403: .forbidden
        case 404: .notFound
        case 409: reason == "AlreadyExists" ? .alreadyExists : .conflict
        case 410: .expired
        case 422: .invalid
        case 408, 429: .tooManyRequests
        case 500...: .unavailable
        case 400..<500: .badRequest
        default: .unexpectedAnswer
        }
    }

    private static func advice(_ code: Code, text: String) -> String? {
        switch code {
        case .badRequest, .invalid: "correct the manifest"
        case .unauthorized: "sign in again, or check the token or certificate"
        case .forbidden where text.contains("exceeded quota"): "raise the ResourceQuota or request less"
        case .forbidden where text.contains("PodSecurity"): "correct the pod's security context"
        case .forbidden: "grant the account this permission with a Role and a RoleBinding"
        case .tooManyRequests, .unavailable: "try again later"
        default: nil
        }
    }
}

/// A time limit for asynchronous work.
package enum TimeLimit {
    /// Runs `work` and cancels it after the time limit.
    ///
    /// - Throws: the error of `work`, or `late` after the time limit.
    package static func run<Value: Sendable>(
        _ limit: Duration, late: KubernetesError, _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Value.self) { group in
            group.addTask { try await work() }
            group.addTask {
                try await Task.sleep(for: limit)
                throw late
            }
            defer { group.cancelAll() }
            return try await group.next()!
        }
    }
}
