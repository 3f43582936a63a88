internal import CCurl

/// A request as options of libcurl.
struct RequestOptions {
    private let request: HTTPRequest

    init(_ request: HTTPRequest) {
        self.request = request
    }

    /// Sets everything about the request but what carries its bytes.
    ///
    /// - Returns: lists that must live as long as the transfer.
    func apply(to handle: EasyHandle) throws(HTTPError) -> [UnsafeMutablePointer<curl_slist>] {
        try check()
        handle.set(CURLOPT_NOSIGNAL, 1)
        handle.set(CURLOPT_PATH_AS_IS, 1)
        handle.set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        applyLimits(to: handle)
        applyMethod(to: handle)
        switch request.proxy {
        case .environment: break
        case .none: handle.set(CURLOPT_NOPROXY, "*")
        case .url(let url):
            handle.set(CURLOPT_PROXY, url)
            handle.set(CURLOPT_NOPROXY, "")
        }
        try applyTLS(to: handle)

        var lines = request.headers.fields.map { $0.value.isEmpty ? "\($0.name);" : "\($0.name): \($0.value)" }
        // Without it libcurl would hold a large body back for a second when the server does not say "100 Continue".
        lines.append("Expect:")
        // Without it libcurl would call every body a form.
        if request.headers["Content-Type"] == nil { lines.append("Content-Type:") }
        var lists: [UnsafeMutablePointer<curl_slist>] = []
        if let serverName = request.tls.serverName {
            let renamed = try RenamedURL(request, serverName: serverName)
            handle.set(CURLOPT_URL, renamed.url)
            lists += list([renamed.connectTo], for: CURLOPT_CONNECT_TO, of: handle)
            if request.headers["Host"] == nil { lines.append("Host: \(renamed.host)") }
        } else {
            handle.set(CURLOPT_URL, request.url)
        }
        return lists + list(lines, for: CURLOPT_HTTPHEADER, of: handle)
    }

    private func check() throws(HTTPError) {
        let scheme = request.url.prefix { $0 != ":" }.lowercased()
        guard scheme == "http" || scheme == "https", request.url.dropFirst(scheme.count).hasPrefix("://"),
            request.url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else {
            throw HTTPError(
                .invalidRequest, "'\(request.name)' is not a request for an http: or https: URL in plain ASCII.")
        }
        for field in request.headers.fields {
            let isToken = field.name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ":") }
            guard isToken, !field.name.isEmpty, field.value.utf8.allSatisfy({ $0 >= 0x20 || $0 == 0x09 }) else {
                throw HTTPError(
                    .invalidRequest, "\(request.name): the header '\(field.name)' has a character that none may have.")
            }
        }
    }

    private func applyLimits(to handle: EasyHandle) {
        let limits = request.limits
        handle.set(CURLOPT_CONNECTTIMEOUT_MS, limits.connect.milliseconds)
        if let overall = limits.overall { handle.set(CURLOPT_TIMEOUT_MS, overall.milliseconds) }
        if let silence = limits.silence {
            handle.set(CURLOPT_LOW_SPEED_LIMIT, 1)
            handle.set(CURLOPT_LOW_SPEED_TIME, max(1, (silence.milliseconds + 999) / 1000))
        }
    }

    private func applyMethod(to handle: EasyHandle) {
        let method = request.method
        if let body = request.body ?? (method == .post || method == .put || method == .patch ? HTTPBody([]) : nil) {
            handle.set(CURLOPT_UPLOAD, 1)
            handle.set(CURLOPT_INFILESIZE_LARGE, offset: body.count)
        }
        if method == .head { handle.set(CURLOPT_NOBODY, 1) }
        handle.set(CURLOPT_CUSTOMREQUEST, method.rawValue)
    }

    private func applyTLS(to handle: EasyHandle) throws(HTTPError) {
        let tls = request.tls
        handle.set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        handle.set(CURLOPT_SSL_VERIFYPEER, tls.verifiesServer ? 1 : 0)
        handle.set(CURLOPT_SSL_VERIFYHOST, tls.verifiesServer ? 2 : 0)
        let sources = [
            (tls.authorities, CURLOPT_CAINFO, CURLOPT_CAINFO_BLOB),
            (tls.certificate, CURLOPT_SSLCERT, CURLOPT_SSLCERT_BLOB),
            (tls.privateKey, CURLOPT_SSLKEY, CURLOPT_SSLKEY_BLOB),
        ]
        for case (let source?, let file, let blob) in sources where !handle.set(source, file: file, blob: blob) {
            throw HTTPError(
                .invalidRequest, "This build of libcurl takes no certificates from memory; libcurl 7.77 or later does.")
        }
    }

    private func list(
        _ texts: [String], for option: CURLoption, of handle: EasyHandle
    ) -> [UnsafeMutablePointer<curl_slist>] {
        var list: UnsafeMutablePointer<curl_slist>?
        for text in texts { list = curl_slist_append(list, text) }
        guard let list else { return [] }
        handle.set(option, pointer: list)
        return [list]
    }
}

extension Duration {
    /// Whole milliseconds, at least 1: libcurl takes 0 for no limit.
    fileprivate var milliseconds: Int {
        max(1, Int(clamping: components.seconds &* 1000 &+ components.attoseconds / 1_000_000_000_000_000))
    }
}
