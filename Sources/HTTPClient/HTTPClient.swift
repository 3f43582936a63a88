internal import Support
package import SystemPackage

/// An HTTP client over libcurl. All transfers run concurrently on one dedicated thread and share open connections.
///
/// A response with any status is returned; an error means that there was no complete response. Cancelling the waiting
/// task ends its transfer at once. The client does not retry (see ``RetryPolicy``), follow redirects, keep cookies or
/// decompress bodies. Over TLS it uses HTTP/2 if the server supports it.
package final class HTTPClient: Sendable {
    private let driver: CurlMultiDriver

    /// Creates a client. Its thread starts with the first request and ends when the client is released.
    ///
    /// - Parameter connectionsPerHost: the maximum number of connections to one host; further transfers wait.
    package init(connectionsPerHost: Int = 64) {
        driver = CurlMultiDriver(connectionsPerHost: connectionsPerHost)
    }

    deinit {
        driver.close()
    }

    /// Sends a request and collects its response in memory.
    ///
    /// - Parameter bodyLimit: the maximum size of the response body, in bytes.
    /// - Throws: ``HTTPError``, or `CancellationError`.
    package func send(_ request: HTTPRequest, bodyLimit: Int = 8 << 20) async throws -> HTTPResponse {
        let sink = CollectingSink(name: request.name, limit: bodyLimit)
        return try await response(to: request, in: sink, of: sink.response)
    }

    /// Sends a request and writes the body of a successful response to a new file. The body of any other response is
    /// returned in memory.
    ///
    /// - Parameters:
    ///   - file: must not exist yet; it does not exist after an error either.
    ///   - sizeLimit: the maximum size of the file, in bytes.
    /// - Throws: ``HTTPError``, or `CancellationError`.
    package func download(
        _ request: HTTPRequest, to file: FilePath, sizeLimit: Int = .max
    ) async throws -> HTTPResponse {
        let sink = FileSink(name: request.name, path: file, limit: sizeLimit)
        return try await response(to: request, in: sink, of: sink.response)
    }

    /// Sends a request and passes its response to `body` while it arrives. The transfer ends when `body` returns, even
    /// if the response was not read to its end.
    ///
    /// - Throws: ``HTTPError``, `CancellationError`, or what `body` throws.
    package func withResponse<Value>(
        to request: HTTPRequest, _ body: (HTTPResponseHead, HTTPBodyStream) async throws -> Value
    ) async throws -> Value {
        let sink = StreamSink(name: request.name)
        let transfer = driver.start(request, into: sink)
        defer { driver.cancel(transfer) }
        let head = try await withTaskCancellationHandler {
            try await sink.head.value
        } onCancel: {
            driver.cancel(transfer)
        }
        return try await body(head, HTTPBodyStream(sink: sink, driver: driver, transfer: transfer))
    }

    private func response(
        to request: HTTPRequest, in sink: any ResponseSink, of response: AsyncPromise<HTTPResponse>
    ) async throws -> HTTPResponse {
        let transfer = driver.start(request, into: sink)
        return try await withTaskCancellationHandler {
            try await response.value
        } onCancel: {
            driver.cancel(transfer)
        }
    }
}

/// The body of a response as it arrives, in chunks of any length.
///
/// While the reader is busy, at most a few hundred kilobytes are read ahead; then the server has to wait. The stream
/// can be read once, by one task. If the connection breaks or the task is cancelled, reading the next chunk throws.
package struct HTTPBodyStream: AsyncSequence, Sendable {
    package typealias Element = [UInt8]

    let sink: StreamSink
    let driver: CurlMultiDriver
    let transfer: Transfer.ID

    /// An iterator over the chunks.
    package struct AsyncIterator: AsyncIteratorProtocol {
        let stream: HTTPBodyStream

        /// Returns the next chunk; `nil` at the end.
        ///
        /// - Throws: ``HTTPError``, or `CancellationError` if the task was cancelled.
        package func next() async throws -> [UInt8]? {
            try await withTaskCancellationHandler {
                try await stream.sink.next { stream.driver.resume(stream.transfer) }
            } onCancel: {
                stream.driver.cancel(stream.transfer)
            }
        }
    }

    package func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(stream: self)
    }
}
