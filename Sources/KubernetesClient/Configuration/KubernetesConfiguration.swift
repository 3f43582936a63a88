package import HTTPClient

/// Where an API server is, how it is known for the right one, and who asks.
package struct KubernetesConfiguration: Sendable {
    /// Who somebody with the right to do so acts as.
    package struct Impersonation: Sendable, Hashable {
        package var user: String
        package var groups: [String]
    }

    /// `https://HOST:PORT`, perhaps with a path; no slash at the end.
    package var server: String
    /// The authorities, and the client's certificate where it is one that does not change.
    package var tls: TLSOptions
    /// By default what the environment says.
    package var proxy: HTTPRequest.Proxy
    /// Who asks.
    package var credentials: CredentialSource
    /// As whom.
    package var impersonation: Impersonation?
    /// The namespace that is meant where none is named; nil for `default`.
    package var namespace: String?
    /// Where all this comes from, for errors: `context 'kind' of /home/ada/.kube/config`.
    package var origin: String

    package init(
        server: String, tls: TLSOptions = TLSOptions(), proxy: HTTPRequest.Proxy = .environment,
        credentials: CredentialSource = .none, namespace: String? = nil, origin: String
    ) throws(KubernetesError) {
        self.server = try Self.checked(server, origin: origin)
        self.tls = tls
        self.proxy = proxy
        self.credentials = credentials
        self.namespace = namespace
        self.origin = origin
    }

    /// A server's URL, without slashes at its end.
    private static func checked(_ server: String, origin: String) throws(KubernetesError) -> String {
        func refuse(_ reason: String) -> KubernetesError {
            KubernetesError(.configuration, "The server of \(origin), '\(server)', \(reason).")
        }
        guard let match = server.wholeMatch(of: #/(?i)(https?)://(\[[0-9a-f:.]+\]|[^/:@?#\s]+)(:\d+)?(/[^?#\s]*)?/#)
        else {
            throw refuse("is no URL such as https://10.0.0.1:6443, without user, password and query")
        }
        let isNear = ["127.0.0.1", "localhost", "[::1]"].contains(match.2.lowercased())
        guard match.1.lowercased() == "https" || isNear else {
            throw refuse("is asked without encryption, where anybody on the way could read the token; use https:")
        }
        return String(server.trimmingSuffix { $0 == "/" })
    }
}

extension String {
    fileprivate func trimmingSuffix(while isSuffix: (Character) -> Bool) -> Substring {
        var text = self[...]
        while let last = text.last, isSuffix(last) { text.removeLast() }
        return text
    }
}
