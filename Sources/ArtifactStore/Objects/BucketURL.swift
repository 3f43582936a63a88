internal import FoundationEssentials

/// The URL of a bucket and a prefix in it: `SCHEME://BUCKET/PREFIX?NAME=VALUE&…`.
struct BucketURL: Sendable, Hashable {
    /// `s3` or `gs`.
    let scheme: String
    let bucket: String
    /// The prefix without slashes at its ends; empty for the whole bucket.
    let prefix: String
    let parameters: [String: String]

    /// - Parameter parameters: the names of the supported parameters.
    /// - Throws: ``ArtifactStoreError`` with the code `invalidURL`, which never shows a password.
    init(_ url: String, parameters known: [String]) throws(ArtifactStoreError) {
        func refuse(_ reason: String) -> ArtifactStoreError {
            let redacted = url.contains("@") ? String(url.prefix { $0 != ":" }) + "://…" : url
            return ArtifactStoreError(.invalidURL, "invalid URL of an artifact store '\(redacted)': \(reason)")
        }
        guard let parts = URLComponents(string: url), let scheme = parts.scheme,
            url.dropFirst(scheme.count).hasPrefix("://")
        else { throw refuse("expected \(url.prefix { $0 != ":" })://BUCKET/PREFIX") }
        guard parts.user == nil, parts.password == nil, parts.port == nil, parts.fragment == nil else {
            throw refuse("credentials come from the environment or from files, and the endpoint is a parameter")
        }
        self.scheme = scheme.lowercased()
        bucket = parts.host ?? ""
        guard Self.isBucket(bucket) else {
            throw refuse("invalid bucket name '\(bucket)' (3 to 63 of a-z, 0-9, '.', '_' and '-')")
        }
        let names = parts.path.split(separator: "/")
        for name in names where !Self.isPlain(name) {
            throw refuse(
                "invalid part '\(name)' of the prefix (letters, digits, '.', '_', '=' and '-', but not '.' or '..')")
        }
        prefix = names.joined(separator: "/")
        guard prefix.utf8.count <= 700 else { throw refuse("the prefix is longer than 700 characters") }

        var parameters: [String: String] = [:]
        for item in parts.queryItems ?? [] {
            guard known.contains(item.name) else {
                throw refuse("unknown parameter '\(item.name)'; expected \(known.joined(separator: ", "))")
            }
            guard let value = item.value, !value.isEmpty, parameters.updateValue(value, forKey: item.name) == nil else {
                throw refuse("the parameter '\(item.name)' must occur once and have a value")
            }
        }
        self.parameters = parameters
    }

    /// Returns the key of an object below the prefix.
    func key(_ name: String) -> String {
        prefix.isEmpty ? name : "\(prefix)/\(name)"
    }

    /// Returns the URL of a key, without parameters.
    func text(of key: String) -> String {
        "\(scheme)://\(bucket)/\(key)"
    }

    private static func isBucket(_ name: String) -> Bool {
        name.wholeMatch(of: /[a-z0-9][a-z0-9._\-]{1,61}[a-z0-9]/) != nil && !name.contains("..")
    }

    private static func isPlain(_ name: Substring) -> Bool {
        name.wholeMatch(of: /[A-Za-z0-9._=\-]+/) != nil && name != "." && name != ".."
    }
}

/// The address of a service: `http[s]://HOST[:PORT]`.
struct Endpoint: Sendable, Hashable {
    let scheme: String
    /// The host, and the port if it is not the scheme's default, as in the header `Host`.
    let host: String

    /// - Parameter origin: the source of the text for errors.
    init(_ text: String, origin: String) throws(ArtifactStoreError) {
        guard let parts = URLComponents(string: text), let scheme = parts.scheme?.lowercased(),
            scheme == "http" || scheme == "https", let host = parts.host, !host.isEmpty, parts.user == nil,
            parts.path.isEmpty || parts.path == "/", parts.query == nil, parts.fragment == nil
        else {
            let value = text.contains("@") ? "" : " '\(text)'"
            throw ArtifactStoreError(
                .invalidURL, "invalid value\(value) of \(origin): expected http://HOST:PORT or https://HOST:PORT")
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

    /// Returns the endpoint `NAME.HOST` with the same scheme and port.
    func subdomain(_ name: String) -> Endpoint {
        Endpoint(scheme: scheme, host: "\(name).\(host)")
    }

    var url: String { "\(scheme)://\(host)" }
}
