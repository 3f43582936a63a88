/// A kubeconfig file as it is written (kubernetes.io/docs/reference/config-api/kubeconfig.v1).
struct KubeconfigFile: Decodable {
    struct Named<Value: Decodable>: Decodable {
        let name: String
        let value: Value

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: AnyKey.self)
            name = try container.decode(String.self, forKey: AnyKey("name"))
            guard let key = container.allKeys.first(where: { ["cluster", "user", "context"].contains($0.stringValue) })
            else {
                throw DecodingError.keyNotFound(
                    AnyKey("cluster, user or context"), .init(codingPath: decoder.codingPath, debugDescription: ""))
            }
            value = try container.decode(Value.self, forKey: key)
        }
    }

    struct AnyKey: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(_ text: String) { stringValue = text }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    struct Cluster: Decodable {
        enum CodingKeys: String, CodingKey {
            case server
            case authority = "certificate-authority"
            case authorityData = "certificate-authority-data"
            case isInsecure = "insecure-skip-tls-verify"
            case serverName = "tls-server-name"
            case proxy = "proxy-url"
        }

        let server: String?
        let authority: String?
        let authorityData: String?
        let isInsecure: Bool?
        let serverName: String?
        let proxy: String?
    }

    struct User: Decodable {
        enum CodingKeys: String, CodingKey {
            case certificate = "client-certificate"
            case certificateData = "client-certificate-data"
            case key = "client-key"
            case keyData = "client-key-data"
            case token, tokenFile, username, password, exec
            case provider = "auth-provider"
            case actsAs = "as"
            case actsAsGroups = "as-groups"
            case actsAsID = "as-uid"
            case actsAsExtra = "as-user-extra"
        }

        struct Provider: Decodable {
            let name: String?
        }

        let certificate: String?
        let certificateData: String?
        let key: String?
        let keyData: String?
        let token: String?
        let tokenFile: String?
        let username: String?
        let password: String?
        let exec: Exec?
        let provider: Provider?
        let actsAs: String?
        let actsAsGroups: [String]?
        let actsAsID: String?
        let actsAsExtra: [String: [String]]?
    }

    struct Exec: Decodable {
        struct Variable: Decodable {
            let name: String
            let value: String
        }

        let apiVersion: String?
        let command: String
        let args: [String]?
        let env: [Variable]?
        let installHint: String?
        let provideClusterInfo: Bool?
        let interactiveMode: String?
    }

    struct Context: Decodable {
        let cluster: String?
        let user: String?
        let namespace: String?
    }

    enum CodingKeys: String, CodingKey {
        case clusters, users, contexts
        case currentContext = "current-context"
    }

    let clusters: [Named<Cluster>]?
    let users: [Named<User>]?
    let contexts: [Named<Context>]?
    let currentContext: String?
}
