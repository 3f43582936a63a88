/// One request. Redirects are answers like any other: they are not followed, so that no signature or token reaches a
/// host that it was not meant for.
package struct HTTPRequest: Sendable {
    /// The methods of RFC 9110 that are used here.
    package enum Method: String, Sendable {
        case get = "GET"
        case head = "HEAD"
        case post = "POST"
        case put = "PUT"
        case patch = "PATCH"
        case delete = "DELETE"

        /// Whether the same request may be sent again when nobody knows whether it was carried out.
        package var isIdempotent: Bool { self != .post && self != .patch }
    }

    /// How long parts of the exchange may take; nil for ever. When one is exceeded, ``HTTPError/Code/timeout``.
    package struct TimeLimits: Sendable, Hashable {
        /// Name resolution, connection and TLS together.
        package var connect: Duration = .seconds(10)
        /// The whole exchange, body included.
        package var overall: Duration?
        /// How long not a byte may move either way.
        package var silence: Duration? = .seconds(60)

        /// 10 s to connect, 60 s of silence.
        package init() {}
    }

    /// Which proxy is used.
    package enum Proxy: Sendable {
        /// What `https_proxy`, `http_proxy`, `all_proxy` and `no_proxy` say.
        case environment
        /// None, for addresses that only exist on this machine or beside it.
        case none
        /// A certain one, as `http://HOST:PORT`, `https://…` or `socks5://…`.
        case url(String)
    }

    /// What is to be done.
    package var method: Method
    /// `http:` or `https:`, percent-encoded. It is sent as it stands: no `..` is resolved, nothing is encoded again.
    package var url: String
    /// In addition to `Host` and `Content-Length`, which are made from the URL and the body.
    package var headers: HTTPHeaders
    /// What is sent; nil for no body.
    package var body: HTTPBody?
    /// How long it may take.
    package var limits = TimeLimits()
    /// For `https:` URLs.
    package var tls = TLSOptions()
    /// Which proxy is used.
    package var proxy = Proxy.environment

    /// Describes a request; nothing is sent yet.
    package init(_ method: Method, _ url: String, headers: HTTPHeaders = [:], body: HTTPBody? = nil) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
    }

    /// How logs and errors name the request: without user, password, query and fragment, any of which may be secret.
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
