internal import CCurl

/// One request on its way, and where its response goes.
///
/// `@unchecked Sendable`: whoever makes it hands it to the client's thread, which alone touches what can change, from
/// then until it has ended.
final class Transfer: @unchecked Sendable {
    typealias ID = UInt64

    let id: ID
    let request: HTTPRequest
    private let sink: any ResponseSink
    private var head = HeadReader()
    private var body: BodyReader?
    /// What one of the functions below found wrong, which libcurl cannot say.
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

    /// Gives a handle the request and the functions that libcurl calls back. It must not outlive the transfer.
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

    /// Ends the transfer as libcurl says.
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

    /// What libcurl takes for a failure of the function, whatever the number of bytes.
    private static let refused = Int.max

    private static let onHeader: atmos_curl_data_function = { bytes, size, count, context in
        let transfer = transfer(context)
        let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
        guard let head = transfer.head.read(line) else { return line.count }
        do throws(HTTPError) {
            try transfer.sink.begin(head)
            return line.count
        } catch {
            transfer.failure = error
            return refused
        }
    }

    private static let onWrite: atmos_curl_data_function = { bytes, size, count, context in
        let transfer = transfer(context)
        let part = UnsafeRawBufferPointer(start: bytes, count: size * count)
        do throws(HTTPError) {
            return try transfer.sink.receive(part) ? part.count : Int(CURL_WRITEFUNC_PAUSE)
        } catch {
            transfer.failure = error
            return refused
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
