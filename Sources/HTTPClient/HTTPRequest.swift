internal import Glibc
package import SystemPackage

/// One request. Redirects are not followed, so that no signature or token reaches a host that it was not meant for.
package struct HTTPRequest: Sendable {
    /// The supported methods of RFC 9110.
    package enum Method: String, Sendable {
        case get = "GET"
        case head = "HEAD"
        case post = "POST"
        case put = "PUT"
        case patch = "PATCH"
        case delete = "DELETE"

        /// Whether the request can be sent again if it is unknown whether the server processed it.
        package var isIdempotent: Bool { self != .post && self != .patch }
    }

    /// Limits for the parts of an exchange; `nil` for no limit. Exceeding one throws ``HTTPError/Code/timeout``.
    package struct TimeLimits: Sendable, Hashable {
        /// Name resolution, connection and TLS handshake together.
        package var connect: Duration = .seconds(10)
        /// The whole exchange including the body.
        package var overall: Duration?
        /// The longest time without a byte in either direction.
        package var silence: Duration? = .seconds(60)

        /// Limits of 10 s to connect and 60 s of silence.
        package init() {}
    }

    /// The proxy of a request.
    package enum Proxy: Sendable {
        /// As set by `https_proxy`, `http_proxy`, `all_proxy` and `no_proxy`.
        case environment
        /// No proxy, for addresses on this machine or link.
        case none
        /// A specific proxy: `http://HOST:PORT`, `https://…` or `socks5://…`.
        case url(String)
    }

    /// The method.
    package var method: Method
    /// An `http:` or `https:` URL, percent-encoded. It is sent unchanged: `..` is not resolved, nothing is encoded
    /// again.
    package var url: String
    /// The headers in addition to `Host` and `Content-Length`, which follow from the URL and the body.
    package var headers: HTTPHeaders
    /// The body; `nil` for none.
    package var body: HTTPBody?
    /// The time limits.
    package var limits = TimeLimits()
    /// The TLS options for `https:` URLs.
    package var tls = TLSOptions()
    /// The proxy.
    package var proxy = Proxy.environment

    /// Creates a request without sending it.
    package init(_ method: Method, _ url: String, headers: HTTPHeaders = [:], body: HTTPBody? = nil) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
    }

    /// The request's name in logs and errors: without user, password, query and fragment, any of which may be secret.
    package var name: String {
        var text = url[...]
        if let end = text.firstIndex(where: { $0 == "?" || $0 == "#" }) { text = text[..<end] }
        if let scheme = text.firstRange(of: "://") {
            let authority = text[scheme.upperBound...].prefix { $0 != "/" }
            if let at = authority.lastIndex(of: "@") { text.removeSubrange(scheme.upperBound...at) }
        }
        return "\(method.rawValue) \(text)"
    }
}

/// The body of a request: a sequence of pieces. Files are read while they are sent.
package struct HTTPBody: Sendable {
    /// A part of the body.
    package enum Piece: Sendable {
        /// Bytes in memory.
        case bytes([UInt8])
        /// A part of a file, which must not change or shrink before the request ends.
        case file(FilePath, offset: Int, count: Int)

        /// The number of bytes.
        package var count: Int {
            switch self {
            case .bytes(let bytes): bytes.count
            case .file(_, _, let count): count
            }
        }
    }

    /// The pieces in the order in which they are sent.
    package let pieces: [Piece]

    /// The total number of bytes, sent as `Content-Length`.
    package var count: Int { pieces.reduce(0) { $0 + $1.count } }

    /// Creates a body of several pieces.
    package init(_ pieces: [Piece]) {
        self.pieces = pieces
    }

    /// Returns a body in memory.
    package static func bytes(_ bytes: some Sequence<UInt8>) -> HTTPBody {
        HTTPBody([.bytes(Array(bytes))])
    }

    /// Returns a body that is a part of a file.
    package static func file(_ path: FilePath, offset: Int = 0, count: Int) -> HTTPBody {
        HTTPBody([.file(path, offset: offset, count: count)])
    }
}

/// Verification of the server and authentication of the client on a TLS connection.
///
/// By default the server needs a certificate for the URL's host from one of the system's authorities. The minimum
/// version is TLS 1.2.
package struct TLSOptions: Sendable, Hashable {
    /// PEM text in memory, or in a file that is read for every connection.
    package enum Source: Sendable, Hashable {
        case file(FilePath)
        case pem([UInt8])
    }

    /// The trusted authorities; `nil` for the system's.
    package var authorities: Source?
    /// The client's certificate, followed by any intermediate ones.
    package var certificate: Source?
    /// The private key of ``certificate``.
    package var privateKey: Source?
    /// The name that is sent to the server (SNI) and that its certificate must match; `nil` for the URL's host.
    package var serverName: String?
    /// Whether the server's certificate is verified. Without verification an attacker on the network can read and
    /// change everything.
    package var verifiesServer = true

    /// The environment variable with the file of trusted authorities, for a program inside a container image whose own
    /// authorities are missing or different.
    package static let environmentVariable = "ATMOS_CA_FILE"

    /// Creates options with the authorities of the file in `ATMOS_CA_FILE`, else the system's, and no client
    /// certificate.
    package init() {
        authorities = getenv(Self.environmentVariable).map { .file(FilePath(platformString: $0)) }
    }
}

/// Percent-encoding (RFC 3986) of everything except letters, digits, `-`, `.`, `_` and `~`.
package enum PercentEncoding {
    /// Returns the encoded text.
    ///
    /// - Parameter keepsSlashes: whether `/` is kept, as between the parts of a path.
    package static func encode(_ text: some StringProtocol, keepsSlashes: Bool = false) -> String {
        var encoded = ""
        for byte in text.utf8 {
            if isUnreserved(byte) || keepsSlashes && byte == UInt8(ascii: "/") {
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                encoded += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
        return encoded
    }

    /// Returns `NAME=VALUE&…` in the given order.
    package static func query(_ items: [(name: String, value: String)]) -> String {
        items.map { "\(encode($0.name))=\(encode($0.value))" }.joined(separator: "&")
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        let letter = byte | 0x20
        return (letter >= UInt8(ascii: "a") && letter <= UInt8(ascii: "z"))
            || (byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")) || "-._~".utf8.contains(byte)
    }
}
