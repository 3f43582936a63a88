internal import FoundationEssentials

/// `SCHEME://BUCKET/PREFIX?NAME=VALUE&…`, which names a bucket of an object store and a place in it.
struct BucketURL: Sendable, Hashable {
    /// `s3` or `gs`.
    let scheme: String
    let bucket: String
    /// Without a slash at either end; empty for the whole bucket.
    let prefix: String
    let parameters: [String: String]

    /// - Parameter parameters: the names of parameters that there are.
    /// - Throws: ``ArtifactStoreError`` of the code `invalidURL`, which never shows a password.
    init(_ url: String, parameters known: [String]) throws(ArtifactStoreError) {
        func refuse(_ reason: String) -> ArtifactStoreError {
            let shown = url.contains("@") ? String(url.prefix { $0 != ":" }) + "://…" : url
            return ArtifactStoreError(.invalidURL, "'\(shown)' is not the URL of an artifact store: \(reason).")
        }
        guard let parts = URLComponents(string: url), let scheme = parts.scheme,
            url.dropFirst(scheme.count).hasPrefix("://")
        else { throw refuse("it would be \(url.prefix { $0 != ":" })://BUCKET/PREFIX") }
        guard parts.user == nil, parts.password == nil, parts.port == nil, parts.fragment == nil else {
            throw refuse("credentials come from the environment or from files, and an endpoint is a parameter")
        }
        self.scheme = scheme.lowercased()
        bucket = parts.host ?? ""
        guard Self.isBucket(bucket) else {
            throw refuse("'\(bucket)' is no bucket's name (3 to 63 of a-z, 0-9, '.', '_' and '-')")
        }
        let names = parts.path.split(separator: "/")
        for name in names where !Self.isPlain(name) {
            throw refuse(
                "'\(name)' in its prefix has more than letters, digits, '.', '_', '=' and '-', or is '.' or '..'")
        }
        prefix = names.joined(separator: "/")
        guard prefix.utf8.count <= 700 else { throw refuse("its prefix is longer than 700 characters") }

        var parameters: [String: String] = [:]
        for item in parts.queryItems ?? [] {
            guard known.contains(item.name) else {
                throw refuse("it has no parameter '\(item.name)', but \(known.joined(separator: ", "))")
            }
            guard let value = item.value, !value.isEmpty, parameters.updateValue(value, forKey: item.name) == nil else {
                throw refuse("its parameter '\(item.name)' must be there once, with a value")
            }
        }
        self.parameters = parameters
    }

    /// The key of an object below the prefix.
    func key(_ name: String) -> String {
        prefix.isEmpty ? name : "\(prefix)/\(name)"
    }

    /// The URL of what lies at a key, without parameters.
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
