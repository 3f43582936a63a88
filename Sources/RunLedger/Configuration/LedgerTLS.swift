/// How a connection to the ledger is encrypted, and whom it trusts.
struct LedgerTLS: Hashable, Sendable {
    /// Whether the server must prove that it is the one in the URL: by a certificate that the authority signed, made out
    /// to the URL's host.
    var verifiesServer: Bool
    /// The file of the authority's certificate, PEM; nil for the machine's own authorities.
    var authority: String?
    /// The files of the client's own certificate and key, PEM, where the server asks for one.
    var certificate: String?
    var key: String?

    /// Takes the options of a URL: `ssl_ca`, `ssl_cert`, `ssl_key`, `ssl_mode` (`disabled`, `required`,
    /// `verify_identity`). A server is verified unless `ssl_mode` says otherwise.
    ///
    /// - Returns: nil where the connection is not to be encrypted.
    /// - Throws: ``LedgerURL/Problem``.
    init?(_ options: [LedgerURL.Option: String]) throws(LedgerURL.Problem) {
        authority = options[.authority]
        certificate = options[.certificate]
        key = options[.key]
        let files = [authority, certificate, key].compactMap { $0 }
        guard files.allSatisfy({ $0.hasPrefix("/") }) else {
            throw LedgerURL.Problem("names a file for TLS that is not an absolute path")
        }
        guard (certificate == nil) == (key == nil) else {
            throw LedgerURL.Problem("needs ssl_cert and ssl_key together")
        }
        switch options[.tlsMode] {
        case "required"?:
            // The client library would verify the certificate, though not the host, and so neither one nor the other.
            guard authority == nil else {
                throw LedgerURL.Problem("names ssl_ca and an ssl_mode that verifies nobody")
            }
            verifiesServer = false
        case "verify_identity"?: verifiesServer = true
        case "disabled"?:
            guard files.isEmpty else { throw LedgerURL.Problem("disables TLS by ssl_mode and names files for it") }
            return nil
        case nil:
            guard !files.isEmpty else { return nil }
            verifiesServer = true
        default: throw LedgerURL.Problem("has an ssl_mode other than disabled, required and verify_identity")
        }
    }
}
