internal import HTTPClient
internal import SystemPackage

/// `file:` URLs, which name a folder on this machine (RFC 8089).
enum FileURL {
    /// The absolute path in a URL such as `file:///data/artifacts` or `file://localhost/data`.
    static func path(of url: String) throws(ArtifactStoreError) -> FilePath {
        var rest = Substring(url).dropFirst("file:".count)
        if rest.hasPrefix("//") {
            rest = rest.dropFirst(2)
            let host = rest.prefix { $0 != "/" }
            guard host.isEmpty || host == "localhost" else {
                throw ArtifactStoreError(
                    .invalidURL,
                    "'\(url)' names the machine '\(host)': write three slashes for a folder on this one, file:///\(host)…"
                )
            }
            rest = rest.dropFirst(host.count)
        }
        guard let decoded = decode(rest), decoded.hasPrefix("/"), !decoded.contains("\0") else {
            throw ArtifactStoreError(
                .invalidURL,
                "'\(url)' names no absolute folder: write three slashes and its path, as in file:///data/atmos.")
        }
        return FilePath(decoded).lexicallyNormalized()
    }

    /// The URL of an absolute path.
    static func text(of path: FilePath) -> String {
        "file://" + PercentEncoding.encode(path.string, keepsSlashes: true)
    }

    private static func decode(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16), rest.count >= 2 else {
                return nil
            }
            rest.removeFirst(2)
            bytes.append(value)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
