internal import CCurl

/// A URL whose host is another name, with the address that its connection goes to all the same: so that a server is
/// asked for, and verified against, the name of its certificate.
struct RenamedURL {
    /// The URL under the other name.
    let url: String
    /// The original host and port, for the `Host` header.
    let host: String
    /// `NAME:PORT:HOST:PORT`, as CURLOPT_CONNECT_TO takes it.
    let connectTo: String

    init(_ request: HTTPRequest, serverName: String) throws(HTTPError) {
        let refused = HTTPError(
            .invalidRequest, "\(request.name): the URL, or the server name '\(serverName)', is none.")
        guard let handle = curl_url() else { throw refused }
        defer { curl_url_cleanup(handle) }
        func part(_ part: CURLUPart, _ flags: Int32 = 0) -> String? {
            var text: UnsafeMutablePointer<CChar>?
            guard curl_url_get(handle, part, &text, UInt32(flags)) == CURLUE_OK, let text else { return nil }
            defer { curl_free(text) }
            return String(cString: text)
        }
        guard curl_url_set(handle, CURLUPART_URL, request.url, UInt32(CURLU_PATH_AS_IS)) == CURLUE_OK,
            let host = part(CURLUPART_HOST), let port = part(CURLUPART_PORT, CURLU_DEFAULT_PORT),
            curl_url_set(handle, CURLUPART_HOST, serverName, 0) == CURLUE_OK, let url = part(CURLUPART_URL)
        else { throw refused }
        self.url = url
        self.host = part(CURLUPART_PORT).map { "\(host):\($0)" } ?? host
        connectTo = "\(serverName):\(port):\(host):\(port)"
    }
}
