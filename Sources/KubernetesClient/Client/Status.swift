internal import FoundationEssentials
internal import HTTPClient

/// The `Status` object that the API server answers with where it has nothing else to say.
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

    /// The status in a body; nil when something else is in it, as from a proxy on the way.
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
    /// What an answer of failure means.
    init(_ response: HTTPResponse, to operation: Operation, server: String) {
        let status = Status(response.body)
        self.init(
            status: response.status, reason: status?.reason, causes: status?.details?.causes ?? [],
            said: status?.message ?? String(response.text.prefix(300)), operation: operation, server: server)
    }

    /// What a status inside a stream of changes means.
    init(_ status: Status, to operation: Operation, server: String) {
        self.init(
            status: status.code ?? 500, reason: status.reason, causes: status.details?.causes ?? [],
            said: status.message ?? "", operation: operation, server: server)
    }

    private init(
        status: Int, reason: String?, causes: [Status.Details.Cause], said: String, operation: Operation, server: String
    ) {
        let code = Self.code(status: status, reason: reason)
        let list = causes.map { Cause(field: $0.field ?? "", message: $0.message ?? "") }
        let problem: String
        if code == .invalid, !list.isEmpty {
            problem = list.map { $0.field.isEmpty ? $0.message : "\($0.field): \($0.message)" }.joined(separator: "; ")
        } else {
            problem = said.isEmpty ? "it says nothing more" : said
        }
        let ends = reason.map { "\(status) \($0)" } ?? "status \(status)"
        let advice = Self.advice(code, said: said).map { "; \($0)" } ?? ""
        self.init(
            code, "The API server \(server) did not \(operation.phrase): \(problem) (\(ends))\(advice).", causes: list)
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

    private static func advice(_ code: Code, said: String) -> String? {
        switch code {
        case .badRequest, .invalid: "correct the manifest"
        case .unauthorized: "sign in again, or check the token or certificate"
        case .forbidden where said.contains("exceeded quota"): "raise the ResourceQuota, or ask for less"
        case .forbidden where said.contains("PodSecurity"): "correct the pod's security context"
        case .forbidden: "give the account that right by a Role and a RoleBinding"
        case .tooManyRequests, .unavailable: "it may go better a little later"
        default: nil
        }
    }
}
