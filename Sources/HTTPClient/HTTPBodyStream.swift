/// The body of a response as it comes: chunks of any length, as soon as they are there.
///
/// While nobody asks for the next chunk, at most some hundred kilobytes are read ahead, and then the server has to wait.
/// To be read once, by one task. When the connection breaks, or the task is cancelled, the next chunk is an error.
package struct HTTPBodyStream: AsyncSequence, Sendable {
    package typealias Element = [UInt8]

    let sink: StreamSink
    let thread: CurlThread
    let transfer: Transfer.ID

    /// Gives the chunks.
    package struct AsyncIterator: AsyncIteratorProtocol {
        let stream: HTTPBodyStream

        /// The next chunk; nil at the end.
        ///
        /// - Throws: ``HTTPError``, or `CancellationError` when the task was cancelled.
        package func next() async throws -> [UInt8]? {
            try await withTaskCancellationHandler {
                try await stream.sink.next { stream.thread.resume(stream.transfer) }
            } onCancel: {
                stream.thread.cancel(stream.transfer)
            }
        }
    }

    package func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(stream: self)
    }
}
