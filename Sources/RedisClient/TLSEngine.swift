internal import COpenSSL
internal import Glibc

/// TLS without I/O: OpenSSL with one memory buffer for incoming bytes and one for outgoing bytes.
struct TLSEngine: ~Copyable {
    /// The result of a step.
    enum Step {
        /// The step is done; the number of bytes if it was a transfer.
        case done(Int)
        /// The step needs more bytes from the server.
        case needsInput
        /// The server closed the connection properly.
        case ended
        /// The connection failed and cannot continue.
        case failed(TLSFailure)
    }

    private let ssl: OpaquePointer
    private let incoming: OpaquePointer
    private let outgoing: OpaquePointer

    /// - Parameter name: the name that the server's certificate must contain.
    init(_ context: borrowing TLSContext, name: String, checksName: Bool) {
        guard let ssl = SSL_new(context.pointer), let incoming = BIO_new(BIO_s_mem()),
            let outgoing = BIO_new(BIO_s_mem())
        else { preconditionFailure("SSL_new: out of memory") }
        self.ssl = ssl
        self.incoming = incoming
        self.outgoing = outgoing
        // The connection owns the buffers now.
        SSL_set_bio(ssl, incoming, outgoing)
        SSL_set_connect_state(ssl)
        let isIPAddress = Self.isIPAddress(name)
        // Server Name Indication does not allow IP addresses (RFC 6066, section 3).
        if !isIPAddress { _ = atmos_tls_set_server_name(ssl, name) }
        guard checksName else { return }
        let isSet = isIPAddress ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name) : SSL_set1_host(ssl, name)
        precondition(isSet == 1, "SSL_set1_host: out of memory")
    }

    private static func isIPAddress(_ host: String) -> Bool {
        var address = in6_addr()
        return inet_pton(AF_INET, host, &address) == 1 || inet_pton(AF_INET6, host, &address) == 1
    }

    deinit {
        SSL_free(ssl)
    }

    /// One step of the handshake; ``Step/done(_:)`` once both sides trust each other.
    mutating func handshake() -> Step {
        ERR_clear_error()
        return step(SSL_do_handshake(ssl))
    }

    /// Adds encrypted bytes from the server.
    mutating func feed(_ bytes: UnsafeRawBufferPointer) {
        let taken = BIO_write(incoming, bytes.baseAddress, Int32(bytes.count))
        precondition(taken == bytes.count, "BIO_write: out of memory")
    }

    /// Decrypts incoming bytes, as many as fit into the buffer.
    mutating func decrypt(into buffer: UnsafeMutableRawBufferPointer) -> Step {
        var total = 0
        while total < buffer.count {
            ERR_clear_error()
            let count = SSL_read(ssl, buffer.baseAddress! + total, Int32(buffer.count - total))
            if count <= 0 {
                // Bytes before the end are returned first; the next call sees the end again.
                return total > 0 ? .done(total) : step(count)
            }
            total += Int(count)
        }
        return .done(total)
    }

    /// Encrypts all of the bytes.
    mutating func encrypt(_ bytes: UnsafeRawBufferPointer) -> Step {
        ERR_clear_error()
        return step(SSL_write(ssl, bytes.baseAddress, Int32(bytes.count)))
    }

    /// Passes outgoing bytes to `body`, and removes those that it took.
    /// - Returns: `nil` when all bytes were taken.
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

/// Trusted authorities and the client's certificate. The files are read again for every connection, so that
/// certificates may be renewed while the process runs.
struct TLSContext: ~Copyable {
    let pointer: OpaquePointer

    init(_ settings: RedisConfiguration.TLS) throws {
        guard let pointer = atmos_tls_client_context() else { preconditionFailure("SSL_CTX_new: out of memory") }
        self.pointer = pointer
        SSL_CTX_set_verify(pointer, SSL_VERIFY_PEER, nil)
        ERR_clear_error()
        if let file = settings.caFile {
            guard SSL_CTX_load_verify_file(pointer, file) == 1 else {
                throw Self.unusable(file, "the file with the authorities' certificates (ca)")
            }
        } else {
            SSL_CTX_set_default_verify_paths(pointer)
        }
        guard let certificate = settings.certificateFile else {
            guard settings.keyFile == nil else {
                throw RedisError(
                    code: .configuration,
                    message: "a client key without its certificate; give both (cert and key)")
            }
            return
        }
        guard SSL_CTX_use_certificate_chain_file(pointer, certificate) == 1 else {
            throw Self.unusable(certificate, "the client certificate (cert)")
        }
        let key = settings.keyFile ?? certificate
        guard SSL_CTX_use_PrivateKey_file(pointer, key, SSL_FILETYPE_PEM) == 1 else {
            throw Self.unusable(key, "the key of the client certificate (key)")
        }
    }

    deinit {
        SSL_CTX_free(pointer)
    }

    private static func unusable(_ file: String, _ meaning: String) -> RedisError {
        let reasons = TLSFailure.takeErrors().map(\.text)
        let isReadable = access(file, R_OK) == 0
        let reason = isReadable ? reasons.joined(separator: ", ") : String(cString: strerror(errno))
        return RedisError(
            code: .configuration,
            message: "\(meaning), '\(file)', cannot be used (\(reason)); give a file in PEM format without a passphrase"
                + " that this user may read")
    }
}

/// The reason why a TLS connection failed.
struct TLSFailure: Error {
    /// OpenSSL's result of verifying the server's certificate; `X509_V_OK` if it is valid.
    let verification: Int
    /// OpenSSL's errors, the first one first.
    let errors: [(reason: Int32, text: String)]

    /// Removes and returns the errors that OpenSSL has recorded on this thread.
    static func takeErrors() -> [(reason: Int32, text: String)] {
        var errors: [(Int32, String)] = []
        while case let number = ERR_get_error(), number != 0 {
            let text = ERR_reason_error_string(number).map { String(cString: $0) } ?? "error \(number)"
            errors.append((Int32(truncatingIfNeeded: number & 0x7F_FFFF), text))
        }
        return errors
    }

    /// The texts of OpenSSL's errors.
    var text: String {
        errors.isEmpty ? "TLS failed" : errors.map(\.text).joined(separator: ", ")
    }

    /// The message for users: connecting to `server`, whose certificate had to contain `name`, failed.
    func explanation(_ server: RedisConfiguration, name: String) -> String {
        if verification != Int(X509_V_OK) { return certificate(server, name: name) }
        let reasons = errors.map(\.reason)
        if reasons.contains(where: Self.noTLS.contains) {
            return "the server at \(server) does not use TLS at this port (\(text)); use its TLS port, or redis://"
        }
        if reasons.contains(where: Self.noCommonVersion.contains) {
            return "the server at \(server) does not support TLS 1.2 or later (\(text)); allow it there (tls-protocols)"
        }
        if reasons.contains(where: Self.clientRefused.contains) {
            return
                "the server at \(server) does not accept the client certificate, or requires one (\(text)); give a "
                + "client certificate that it trusts (cert and key)"
        }
        return "no TLS connection to \(server) (\(text))"
    }

    private func certificate(_ server: RedisConfiguration, name: String) -> String {
        let subject = "the certificate of the server at \(server)"
        switch Int32(verification) {
        case X509_V_ERR_CERT_HAS_EXPIRED:
            return "\(subject) has expired; renew it there, or set this machine's clock"
        case X509_V_ERR_CERT_NOT_YET_VALID:
            return "\(subject) is not valid yet; set this machine's clock"
        case X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH:
            return
                "\(subject) does not contain the name '\(name)'; connect by a name that it contains, or give that name "
                + "(server_name)"
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN,
            X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT,
            X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, X509_V_ERR_CERT_SIGNATURE_FAILURE:
            return "\(subject) is not signed by an authority that is trusted here (\(verificationText)); give the file "
                + "with the authority's certificate (ca)"
        default:
            return "\(subject) is not trusted: \(verificationText)"
        }
    }

    private var verificationText: String { String(cString: X509_verify_cert_error_string(verification)) }

    private static let noTLS: Set<Int32> = [
        SSL_R_WRONG_VERSION_NUMBER, SSL_R_HTTP_REQUEST, SSL_R_PACKET_LENGTH_TOO_LONG, SSL_R_UNEXPECTED_MESSAGE,
        SSL_R_BAD_RECORD_TYPE,
    ]

    private static let noCommonVersion: Set<Int32> = [
        SSL_R_UNSUPPORTED_PROTOCOL, SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, SSL_R_NO_PROTOCOLS_AVAILABLE,
    ]

    /// The errors by which servers of TLS 1.3 and TLS 1.2 refuse a client's certificate.
    private static let clientRefused: Set<Int32> = [
        SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED, SSL_R_TLSV1_ALERT_UNKNOWN_CA, SSL_R_SSLV3_ALERT_BAD_CERTIFICATE,
        SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED, SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN,
        SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE, SSL_R_TLSV1_ALERT_DECRYPT_ERROR,
    ]
}
