/// Where a response goes. Called by the client's thread alone, so none of this may block for long.
protocol ResponseSink: Sendable {
    /// The head has come, once, before any byte of the body.
    func begin(_ head: HTTPResponseHead) throws(HTTPError)

    /// A part of the body has come.
    ///
    /// - Returns: false when there is no room for it now: it comes again, whole, once the transfer is resumed.
    func receive(_ bytes: UnsafeRawBufferPointer) throws(HTTPError) -> Bool

    /// The response is whole, or will never be. Nothing is called afterwards.
    func end(_ result: Result<Void, any Error>)
}
