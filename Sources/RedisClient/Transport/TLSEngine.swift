internal import COpenSSL
internal import Glibc

/// TLS without any I/O: OpenSSL between two stores of bytes, one for what came from the server, one for what goes there.
struct TLSEngine: ~Copyable {
    /// What a step came to.
    enum Step {
        /// It is done; of a transfer, with so many bytes.
        case done(Int)
        /// More bytes from the server are needed.
        case needsInput
        /// The server ended the conversation in order.
        case ended
        /// It failed for good.
        case failed(TLSFailure)
    }

    private let ssl: OpaquePointer
    private let incoming: OpaquePointer
    private let outgoing: OpaquePointer

    /// - Parameter name: what the server's certificate must be made out to.
    init(_ context: borrowing TLSContext, name: String, checksName: Bool) {
        guard let ssl = SSL_new(context.pointer), let incoming = BIO_new(BIO_s_mem()),
            let outgoing = BIO_new(BIO_s_mem())
        else { preconditionFailure("SSL_new: out of memory") }
        self.ssl = ssl
        self.incoming = incoming
        self.outgoing = outgoing
        // The connection owns the stores from now on.
        SSL_set_bio(ssl, incoming, outgoing)
        SSL_set_connect_state(ssl)
        let isNumber = Self.isNumber(name)
        // A number is no server name (RFC 6066, section 3).
        if !isNumber { _ = atmos_tls_ask_for(ssl, name) }
        guard checksName else { return }
        let isSet = isNumber ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name) : SSL_set1_host(ssl, name)
        precondition(isSet == 1, "SSL_set1_host: out of memory")
    }

    /// Whether a host is given by its IP address.
    private static func isNumber(_ host: String) -> Bool {
        var address = in6_addr()
        return inet_pton(AF_INET, host, &address) == 1 || inet_pton(AF_INET6, host, &address) == 1
    }

    deinit {
        SSL_free(ssl)
    }

    /// One step of the greeting; ``Step/done(_:)`` once both sides trust each other.
    mutating func greet() -> Step {
        ERR_clear_error()
        return step(SSL_do_handshake(ssl))
    }

    /// Takes in bytes from the server.
    mutating func feed(_ bytes: UnsafeRawBufferPointer) {
        let taken = BIO_write(incoming, bytes.baseAddress, Int32(bytes.count))
        precondition(taken == bytes.count, "BIO_write: out of memory")
    }

    /// Decrypts what was fed, as much as the buffer holds.
    mutating func decrypt(into buffer: UnsafeMutableRawBufferPointer) -> Step {
        var total = 0
        while total < buffer.count {
            ERR_clear_error()
            let count = SSL_read(ssl, buffer.baseAddress! + total, Int32(buffer.count - total))
            if count <= 0 {
                // What came before the end counts first; the end is seen again.
                return total > 0 ? .done(total) : step(count)
            }
            total += Int(count)
        }
        return .done(total)
    }

    /// Encrypts bytes, all of them.
    mutating func encrypt(_ bytes: UnsafeRawBufferPointer) -> Step {
        ERR_clear_error()
        return step(SSL_write(ssl, bytes.baseAddress, Int32(bytes.count)))
    }

    /// Hands over the bytes for the server; those that `body` says it took are gone.
    mutating func sendOut(_ body: (UnsafeRawBufferPointer) -> Transfer) -> Transfer? {
        while true {
            var start: UnsafeMutablePointer<CChar>?
            let count = atmos_bio_contents(outgoing, &start)
            guard count > 0 else { return nil }
            let transfer = body(UnsafeRawBufferPointer(start: start, count: count))
            guard case .bytes(let taken) = transfer else { return transfer }
            discard(taken)
        }
    }

    private mutating func discard(_ count: Int) {
        withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { scratch in
            var rest = count
            while rest > 0 {
                rest -= Int(BIO_read(outgoing, scratch.baseAddress, Int32(min(rest, scratch.count))))
            }
        }
    }

    private func step(_ result: Int32) -> Step {
        if result > 0 { return .done(Int(result)) }
        switch SSL_get_error(ssl, result) {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return .needsInput
        case SSL_ERROR_ZERO_RETURN: return .ended
        default: return .failed(TLSFailure(verification: SSL_get_verify_result(ssl), errors: TLSFailure.takeErrors()))
        }
    }
}
