internal import CCurl
internal import SystemPackage

/// One request in progress, and the receiver of its response.
///
/// `@unchecked Sendable`: its creator passes it to the client's thread, and from then on only that thread uses its
/// mutable state.
final class Transfer: @unchecked Sendable {
    typealias ID = UInt64

    let id: ID
    let request: HTTPRequest
    private let sink: any ResponseSink
    private var head = HeadReader()
    private var body: BodyReader?
    /// An error in one of the callbacks below, which libcurl cannot report.
    private var failure: HTTPError?
    private var lists: [UnsafeMutablePointer<curl_slist>] = []
    private let errorText = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))

    init(id: ID, request: HTTPRequest, sink: any ResponseSink) {
        self.id = id
        self.request = request
        self.sink = sink
        body = request.body.map(BodyReader.init)
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    }

    deinit {
        body?.close()
        for list in lists { curl_slist_free_all(list) }
        errorText.deallocate()
    }

    /// Sets the request and the callbacks on a handle, which must not outlive the transfer.
    func configure(_ handle: EasyHandle) throws(HTTPError) {
        lists = try RequestOptions(request).apply(to: handle)
        let context = Unmanaged.passUnretained(self).toOpaque()
        handle.set(CURLOPT_ERRORBUFFER, pointer: errorText)
        handle.set(CURLOPT_HEADERFUNCTION, Self.onHeader)
        handle.set(CURLOPT_HEADERDATA, pointer: context)
        handle.set(CURLOPT_WRITEFUNCTION, Self.onWrite)
        handle.set(CURLOPT_WRITEDATA, pointer: context)
        handle.set(CURLOPT_READFUNCTION, Self.onRead)
        handle.set(CURLOPT_READDATA, pointer: context)
        handle.setSeek(Self.onSeek, context: context)
    }

    /// Ends the transfer with libcurl's result.
    func end(_ result: CURLcode) {
        if let failure {
            end(.failure(failure))
        } else if result == CURLE_OK {
            end(.success(()))
        } else {
            end(.failure(CurlFailure.error(result, detail: String(cString: errorText), of: request)))
        }
    }

    /// Ends the transfer.
    func end(_ result: Result<Void, any Error>) {
        body?.close()
        sink.end(result)
    }

    private static func transfer(_ context: UnsafeMutableRawPointer?) -> Transfer {
        Unmanaged<Transfer>.fromOpaque(context!).takeUnretainedValue()
    }

    /// The return value of a callback by which libcurl recognises a failure for any number of bytes.
    private static let callbackFailure = Int.max

    private static let onHeader: atmos_curl_data_function = { bytes, size, count, context in
        let transfer = transfer(context)
        let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
        guard let head = transfer.head.read(line) else { return line.count }
        do throws(HTTPError) {
            try transfer.sink.begin(head)
            return line.count
        } catch {
            transfer.failure = error
            return callbackFailure
        }
    }

    private static let onWrite: atmos_curl_data_function = { bytes, size, count, context in
        let transfer = transfer(context)
        let bytes = UnsafeRawBufferPointer(start: bytes, count: size * count)
        do throws(HTTPError) {
            return try transfer.sink.receive(bytes) ? bytes.count : Int(CURL_WRITEFUNC_PAUSE)
        } catch {
            transfer.failure = error
            return callbackFailure
        }
    }

    private static let onRead: atmos_curl_data_function = { bytes, size, count, context in
        let transfer = transfer(context)
        do throws(HTTPError) {
            return try transfer.body?.read(into: UnsafeMutableRawBufferPointer(start: bytes, count: size * count)) ?? 0
        } catch {
            transfer.failure = error
            return Int(CURL_READFUNC_ABORT)
        }
    }

    private static let onSeek: atmos_curl_seek_function = { context, offset, origin in
        guard offset == 0, origin == 0 else { return CURL_SEEKFUNC_CANTSEEK }
        transfer(context).body?.rewind()
        return CURL_SEEKFUNC_OK
    }
}

/// Sets a request's options on a libcurl handle.
struct RequestOptions {
    private let request: HTTPRequest

    init(_ request: HTTPRequest) {
        self.request = request
    }

    /// Sets all options except the data callbacks.
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
        // Otherwise libcurl delays a large body by a second if the server does not answer "100 Continue".
        lines.append("Expect:")
        // Otherwise libcurl labels every body as a form.
        if request.headers["Content-Type"] == nil { lines.append("Content-Type:") }
        var lists: [UnsafeMutablePointer<curl_slist>] = []
        if let serverName = request.tls.serverName {
            let override = try ConnectToOverride(request, serverName: serverName)
            handle.set(CURLOPT_URL, override.url)
            lists += list([override.connectTo], for: CURLOPT_CONNECT_TO, of: handle)
            if request.headers["Host"] == nil { lines.append("Host: \(override.host)") }
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
                .invalidRequest, "invalid URL in '\(request.name)': expected an http: or https: URL in ASCII")
        }
        for field in request.headers.fields {
            let isToken = field.name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ":") }
            guard isToken, !field.name.isEmpty, field.value.utf8.allSatisfy({ $0 >= 0x20 || $0 == 0x09 }) else {
                throw HTTPError(
                    .invalidRequest, "\(request.name): invalid character in the header '\(field.name)'")
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
                .invalidRequest,
                "this build of libcurl cannot use certificates from memory; install libcurl 7.77 or later")
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
    /// Whole milliseconds, at least 1, because 0 means no limit to libcurl.
    fileprivate var milliseconds: Int {
        max(1, Int(clamping: components.seconds &* 1000 &+ components.attoseconds / 1_000_000_000_000_000))
    }
}

/// A URL with the certificate's name as its host, and the option that still connects to the original address: libcurl
/// then sends that name to the server and verifies the certificate against it.
struct ConnectToOverride {
    /// The URL with the certificate's name.
    let url: String
    /// The original host and port, for the `Host` header.
    let host: String
    /// `NAME:PORT:HOST:PORT`, the value of CURLOPT_CONNECT_TO.
    let connectTo: String

    init(_ request: HTTPRequest, serverName: String) throws(HTTPError) {
        let invalid = HTTPError(
            .invalidRequest, "\(request.name): invalid URL or server name '\(serverName)'")
        guard let handle = curl_url() else { throw invalid }
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
        else { throw invalid }
        self.url = url
        self.host = part(CURLUPART_PORT).map { "\(host):\($0)" } ?? host
        connectTo = "\(serverName):\(port):\(host):\(port)"
    }
}

/// libcurl's handle of one transfer, with a setter for each kind of option. Belongs to the client's thread.
///
/// Setting an option fails only if libcurl was built without it. Callers check the options that matter to security.
struct EasyHandle {
    let pointer: UnsafeMutableRawPointer

    /// Creates a handle; `nil` if memory has run out.
    init?() {
        guard let pointer = curl_easy_init() else { return nil }
        self.pointer = pointer
    }

    /// Frees the handle, which must no longer belong to a multi handle.
    func free() {
        curl_easy_cleanup(pointer)
    }

    func set(_ option: CURLoption, _ value: Int) {
        atmos_curl_set_long(pointer, option, value)
    }

    func set(_ option: CURLoption, offset: Int) {
        atmos_curl_set_offset(pointer, option, curl_off_t(offset))
    }

    func set(_ option: CURLoption, _ text: String) {
        atmos_curl_set_text(pointer, option, text)
    }

    func set(_ option: CURLoption, pointer value: UnsafeMutableRawPointer) {
        atmos_curl_set_pointer(pointer, option, value)
    }

    func set(_ option: CURLoption, _ function: @escaping atmos_curl_data_function) {
        atmos_curl_set_data_function(pointer, option, function)
    }

    func setSeek(_ function: @escaping atmos_curl_seek_function, context: UnsafeMutableRawPointer) {
        atmos_curl_set_seek_function(pointer, function)
        set(CURLOPT_SEEKDATA, pointer: context)
    }

    /// Sets a PEM text by its file name or its bytes.
    ///
    /// - Returns: whether this build of libcurl supports the option.
    func set(_ source: TLSOptions.Source, file: CURLoption, blob: CURLoption) -> Bool {
        switch source {
        case .file(let path): atmos_curl_set_text(pointer, file, path.string) == CURLE_OK
        case .pem(let bytes): atmos_curl_set_blob(pointer, blob, bytes, bytes.count) == CURLE_OK
        }
    }
}
