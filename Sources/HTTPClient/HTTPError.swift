/// Why there was no response, or not a whole one. A response with a status of failure is no error here.
package struct HTTPError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The reasons.
    package enum Code: Sendable, Hashable {
        /// The URL, a header or an option makes no sense; nothing was sent.
        case invalidRequest
        /// The host's name could not be resolved; nothing was sent.
        case hostNotFound
        /// Nothing listens at the address, or it cannot be reached; nothing was sent.
        case connectionFailed
        /// No agreement on TLS: the certificate, the authority or the version; nothing was sent.
        case tls
        /// A time limit was exceeded: the request may have been carried out or not.
        case timeout
        /// The connection broke: the request may have been carried out or not.
        case closed
        /// What came back is not HTTP.
        case invalidResponse
        /// The response is larger than the caller has room for.
        case tooLarge
        /// A file of this machine could not be read or written.
        case fileSystem
        /// The client was closed, or could not be set up.
        case clientClosed
    }

    /// What happened, for programs.
    package let code: Code
    /// What happened, for people: one sentence, without a secret.
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The message.
    package var description: String { message }

    /// Whether the same request may succeed a little later without anybody changing anything.
    package var isTransient: Bool {
        switch code {
        case .hostNotFound, .connectionFailed, .timeout, .closed: true
        default: false
        }
    }
}
