package import SystemPackage

/// Requests over libcurl: any number at once, on one thread of their own, with connections kept open and shared.
///
/// A response of any status is a response; an error is where there is none. Cancelling the task that waits ends its
/// transfer at once. Nothing is retried here (see ``RetryPolicy``), no redirect is followed, no cookie kept, nothing
/// decompressed. HTTP/2 is spoken over TLS where the server does.
package final class HTTPClient: Sendable {
    private let thread: CurlThread

    /// Makes a client; its thread starts with the first request, and ends with the client.
    ///
    /// - Parameter connectionsPerHost: the most connections to one host; further transfers wait for one.
    package init(connectionsPerHost: Int = 64) {
        thread = CurlThread(connectionsPerHost: connectionsPerHost)
    }

    deinit {
        thread.close()
    }

    /// Sends a request and collects its response in memory.
    ///
    /// - Parameter bodyLimit: how many bytes the response's body may have.
    /// - Throws: ``HTTPError``, or `CancellationError`.
    package func send(_ request: HTTPRequest, bodyLimit: Int = 8 << 20) async throws -> HTTPResponse {
        let sink = CollectingSink(name: request.name, limit: bodyLimit)
        return try await response(to: request, in: sink, of: sink.response)
    }

    /// Sends a request and writes the body of its response into a new file, when the status is one of success; the body
    /// of any other response is in what is returned.
    ///
    /// - Parameters:
    ///   - file: a file that is not there yet. After an error it is not there either.
    ///   - sizeLimit: how many bytes the file may become.
    /// - Throws: ``HTTPError``, or `CancellationError`.
    package func download(
        _ request: HTTPRequest, to file: FilePath, sizeLimit: Int = .max
    ) async throws -> HTTPResponse {
        let sink = FileSink(name: request.name, path: file, limit: sizeLimit)
        return try await response(to: request, in: sink, of: sink.response)
    }

    /// Sends a request and hands its response to `body` while it comes. The transfer ends with `body`, whether or not
    /// the response was read to its end.
    ///
    /// - Throws: ``HTTPError``, `CancellationError`, or what `body` throws.
    package func withResponse<Value>(
        to request: HTTPRequest, _ body: (HTTPResponseHead, HTTPBodyStream) async throws -> Value
    ) async throws -> Value {
        let sink = StreamSink(name: request.name)
        let transfer = thread.start(request, into: sink)
        defer { thread.cancel(transfer) }
        let head = try await withTaskCancellationHandler {
            try await sink.head.value
        } onCancel: {
            thread.cancel(transfer)
        }
        return try await body(head, HTTPBodyStream(sink: sink, thread: thread, transfer: transfer))
    }

    private func response(
        to request: HTTPRequest, in sink: any ResponseSink, of response: OneShot<HTTPResponse>
    ) async throws -> HTTPResponse {
        let transfer = thread.start(request, into: sink)
        return try await withTaskCancellationHandler {
            try await response.value
        } onCancel: {
            thread.cancel(transfer)
        }
    }
}
