internal import CCurl

/// libcurl's results as errors of ours.
enum CurlFailure {
    /// - Parameters:
    ///   - result: what the transfer ended with.
    ///   - detail: what libcurl wrote into its error buffer, if anything.
    static func error(_ result: CURLcode, detail: String, of request: HTTPRequest) -> HTTPError {
        let said = detail.isEmpty ? String(cString: curl_easy_strerror(result)) : detail
        let reason = said.hasSuffix(".") ? String(said.dropLast()) : said
        let (code, advice) = meaning(of: result)
        return HTTPError(code, "\(request.name) failed: \(reason)\(advice.isEmpty ? "" : "; \(advice)").")
    }

    private static func meaning(of result: CURLcode) -> (HTTPError.Code, String) {
        switch result {
        case CURLE_URL_MALFORMAT: (.invalidRequest, "the URL must be a whole http: or https: URL")
        case CURLE_COULDNT_RESOLVE_HOST: (.hostNotFound, "check the host's name and this machine's name resolution")
        case CURLE_COULDNT_RESOLVE_PROXY: (.hostNotFound, "check https_proxy, http_proxy and all_proxy")
        case CURLE_COULDNT_CONNECT: (.connectionFailed, "check that the server runs and can be reached from here")
        case CURLE_OPERATION_TIMEDOUT: (.timeout, "the server may be overloaded or out of reach")
        case CURLE_PEER_FAILED_VERIFICATION:
            (.tls, "the server's certificate must be for this host and come from a trusted authority")
        case CURLE_SSL_CONNECT_ERROR: (.tls, "check that the server speaks TLS there, 1.2 or later")
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
