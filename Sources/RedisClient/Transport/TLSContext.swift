internal import COpenSSL
internal import Glibc

/// Whom we trust and who we are under TLS. Files are read anew for every connection, so that certificates may be renewed
/// while we run.
struct TLSContext: ~Copyable {
    let pointer: OpaquePointer

    init(_ settings: RedisConfiguration.TLS) throws {
        guard let pointer = atmos_tls_client_context() else { preconditionFailure("SSL_CTX_new: out of memory") }
        self.pointer = pointer
        SSL_CTX_set_verify(pointer, SSL_VERIFY_PEER, nil)
        ERR_clear_error()
        if let file = settings.caFile {
            guard SSL_CTX_load_verify_file(pointer, file) == 1 else {
                throw Self.unusable(file, "file with the authorities' certificates (ca)")
            }
        } else {
            SSL_CTX_set_default_verify_paths(pointer)
        }
        guard let certificate = settings.certificateFile else {
            guard settings.keyFile == nil else {
                throw RedisError(
                    code: .configuration,
                    message: "A client key was given without its certificate; give both (cert and key).")
            }
            return
        }
        guard SSL_CTX_use_certificate_chain_file(pointer, certificate) == 1 else {
            throw Self.unusable(certificate, "client certificate (cert)")
        }
        let key = settings.keyFile ?? certificate
        guard SSL_CTX_use_PrivateKey_file(pointer, key, SSL_FILETYPE_PEM) == 1 else {
            throw Self.unusable(key, "key of the client certificate (key)")
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
            message: "The \(meaning), '\(file)', cannot be used (\(reason)); give a file in PEM format"
                + " without a passphrase, that this user may read.")
    }
}
