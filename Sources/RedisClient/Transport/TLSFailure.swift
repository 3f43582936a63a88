internal import COpenSSL

/// Why a conversation under TLS failed.
struct TLSFailure: Error {
    /// What was wrong with the server's certificate, a number of OpenSSL's; `X509_V_OK` when nothing was.
    let verification: Int
    /// OpenSSL's own words, the first error first.
    let errors: [(reason: Int32, text: String)]

    /// The errors that OpenSSL has noted on this thread; it forgets them.
    static func takeErrors() -> [(reason: Int32, text: String)] {
        var errors: [(Int32, String)] = []
        while case let number = ERR_get_error(), number != 0 {
            let text = ERR_reason_error_string(number).map { String(cString: $0) } ?? "error \(number)"
            errors.append((Int32(truncatingIfNeeded: number & 0x7F_FFFF), text))
        }
        return errors
    }

    /// OpenSSL's words, or what stands in for them.
    var text: String {
        errors.isEmpty ? "TLS failed" : errors.map(\.text).joined(separator: ", ")
    }

    /// One sentence for people, while connecting to `server` with a certificate for `name`.
    func explanation(_ server: RedisConfiguration, name: String) -> String {
        if verification != Int(X509_V_OK) { return certificate(server, name: name) }
        let reasons = errors.map(\.reason)
        if reasons.contains(where: Self.noTLS.contains) {
            return "The server at \(server) does not speak TLS at this port (\(text)); use its TLS port, or redis://."
        }
        if reasons.contains(where: Self.noCommonVersion.contains) {
            return "The server at \(server) does not speak TLS 1.2 or later (\(text)); allow it there (tls-protocols)."
        }
        if reasons.contains(where: Self.clientRefused.contains) {
            return
                "The server at \(server) does not accept our certificate, or the lack of one (\(text)); give the client "
                + "certificate that it trusts (cert and key)."
        }
        return "No TLS connection to \(server) came about (\(text))."
    }

    private func certificate(_ server: RedisConfiguration, name: String) -> String {
        let subject = "The certificate of the server at \(server)"
        switch Int32(verification) {
        case X509_V_ERR_CERT_HAS_EXPIRED:
            return "\(subject) has expired; renew it there, or set this machine's clock."
        case X509_V_ERR_CERT_NOT_YET_VALID:
            return "\(subject) is not valid yet; set this machine's clock."
        case X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH:
            return "\(subject) is not made out to '\(name)'; connect by a name that it holds, or give that name "
                + "(server_name)."
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN,
            X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT,
            X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, X509_V_ERR_CERT_SIGNATURE_FAILURE:
            return "\(subject) is not signed by an authority that is trusted here (\(words)); give the file with the "
                + "authority's certificate (ca)."
        default:
            return "\(subject) is not trusted: \(words)."
        }
    }

    private var words: String { String(cString: X509_verify_cert_error_string(verification)) }

    private static let noTLS: Set<Int32> = [
        SSL_R_WRONG_VERSION_NUMBER, SSL_R_HTTP_REQUEST, SSL_R_PACKET_LENGTH_TOO_LONG, SSL_R_UNEXPECTED_MESSAGE,
        SSL_R_BAD_RECORD_TYPE,
    ]

    private static let noCommonVersion: Set<Int32> = [
        SSL_R_UNSUPPORTED_PROTOCOL, SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, SSL_R_NO_PROTOCOLS_AVAILABLE,
    ]

    /// How servers of TLS 1.3 and of TLS 1.2 refuse a client's certificate.
    private static let clientRefused: Set<Int32> = [
        SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED, SSL_R_TLSV1_ALERT_UNKNOWN_CA, SSL_R_SSLV3_ALERT_BAD_CERTIFICATE,
        SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED, SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN,
        SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE, SSL_R_TLSV1_ALERT_DECRYPT_ERROR,
    ]
}
