internal import CCurl

/// Why there was no complete response. A response with an error status is not an `HTTPError`.
package struct HTTPError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The reasons.
    package enum Code: Sendable, Hashable {
        /// The URL, a header or an option is invalid; nothing was sent.
        case invalidRequest
        /// The host's name could not be resolved; nothing was sent.
        case hostNotFound
        /// No server listens at the address, or it is unreachable; nothing was sent.
        case connectionFailed
        /// The TLS handshake failed: certificate, authority or version; nothing was sent.
        case tls
        /// A time limit was exceeded; the server may or may not have processed the request.
        case timeout
        /// The connection broke; the server may or may not have processed the request.
        case closed
        /// The response is not HTTP.
        case invalidResponse
        /// The response is larger than the caller allows.
        case tooLarge
        /// A local file could not be read or written.
        case fileSystem
        /// The client was closed or could not be set up.
        case clientClosed
    }

    /// The reason, for programs.
    package let code: Code
    /// The reason, for users: one line without secrets.
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The message.
    package var description: String { message }

    /// Whether the same request may succeed later without any change.
    package var isTransient: Bool {
        switch code {
        case .hostNotFound, .connectionFailed, .timeout, .closed: true
        default: false
        }
    }
}

/// Translates libcurl's results into ``HTTPError``s.
enum CurlFailure {
    /// - Parameters:
    ///   - result: the transfer's result.
    ///   - detail: the content of libcurl's error buffer, which may be empty.
    static func error(_ result: CURLcode, detail: String, of request: HTTPRequest) -> HTTPError {
        let text = detail.isEmpty ? String(cString: curl_easy_strerror(result)) : detail
        let reason = text.hasSuffix(".") ? String(text.dropLast()) : text
        let (code, advice) = meaning(of: result)
        return HTTPError(code, "\(request.name) failed: \(reason)\(advice.isEmpty ? "" : "; \(advice)")")
    }

    private static func meaning(of result: CURLcode) -> (HTTPError.Code, String) {
        switch result {
        case CURLE_URL_MALFORMAT: (.invalidRequest, "expected an absolute http: or https: URL")
        case CURLE_COULDNT_RESOLVE_HOST: (.hostNotFound, "check the host name and this machine's name resolution")
        case CURLE_COULDNT_RESOLVE_PROXY: (.hostNotFound, "check https_proxy, http_proxy and all_proxy")
        case CURLE_COULDNT_CONNECT: (.connectionFailed, "check that the server is running and reachable")
        case CURLE_OPERATION_TIMEDOUT: (.timeout, "the server may be overloaded or unreachable")
        case CURLE_PEER_FAILED_VERIFICATION:
            (.tls, "the server needs a certificate for this host from a trusted authority")
        case CURLE_SSL_CONNECT_ERROR: (.tls, "check that the server supports TLS 1.2 or later on this port")
        case CURLE_SSL_CERTPROBLEM: (.tls, "check the client's certificate and its key")
        case CURLE_SSL_CACERT_BADFILE: (.tls, "check the file of certificate authorities")
        case CURLE_SSL_CIPHER, CURLE_SSL_ENGINE_NOTFOUND, CURLE_SSL_ENGINE_SETFAILED, CURLE_SSL_ISSUER_ERROR: (.tls, "")
        case CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_GOT_NOTHING, CURLE_PARTIAL_FILE, CURLE_HTTP2,
            CURLE_HTTP2_STREAM, CURLE_AGAIN, CURLE_SEND_FAIL_REWIND, CURLE_SSL_SHUTDOWN_FAILED, CURLE_UPLOAD_FAILED,
            CURLE_PROXY:
            (.closed, "")
        case CURLE_OUT_OF_MEMORY: (.clientClosed, "")
        default: (.invalidResponse, "")
        }
    }
}
