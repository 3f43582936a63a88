internal import FoundationEssentials

/// The address of a service: `http[s]://HOST[:PORT]`.
struct Endpoint: Sendable, Hashable {
    let scheme: String
    /// The host, with the port where it is not the scheme's own; as it stands in `Host`.
    let host: String

    /// - Parameter origin: where the text comes from, for the error.
    init(_ text: String, origin: String) throws(ArtifactStoreError) {
        guard let parts = URLComponents(string: text), let scheme = parts.scheme?.lowercased(),
            scheme == "http" || scheme == "https", let host = parts.host, !host.isEmpty, parts.user == nil,
            parts.path.isEmpty || parts.path == "/", parts.query == nil, parts.fragment == nil
        else {
            let shown = text.contains("@") ? "it" : "'\(text)'"
            throw ArtifactStoreError(
                .invalidURL, "\(origin) must be http://HOST:PORT or https://HOST:PORT alone, and \(shown) is not.")
        }
        self.scheme = scheme
        let port = parts.port.flatMap { $0 == (scheme == "https" ? 443 : 80) ? nil : ":\($0)" } ?? ""
        self.host = host + port
    }

    init(https host: String) {
        self.init(scheme: "https", host: host)
    }

    private init(scheme: String, host: String) {
        self.scheme = scheme
        self.host = host
    }

    /// `NAME.HOST`, by the same scheme and port.
    func subdomain(_ name: String) -> Endpoint {
        Endpoint(scheme: scheme, host: "\(name).\(host)")
    }

    var url: String { "\(scheme)://\(host)" }
}
