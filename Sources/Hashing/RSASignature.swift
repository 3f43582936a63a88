internal import COpenSSL

/// RSA signatures over SHA-256 with PKCS #1 v1.5 padding (RFC 8017; `RS256` of RFC 7518), made by OpenSSL.
package enum RSASignature {
    /// Signs bytes.
    ///
    /// - Parameter privateKey: PEM text, without a passphrase.
    /// - Returns: the signature; nil when the text holds no RSA key.
    package static func sign(_ bytes: [UInt8], privateKey: String) -> [UInt8]? {
        let pem = Array(privateKey.utf8)
        guard let key = atmos_private_key(pem, Int32(pem.count)) else { return nil }
        defer { EVP_PKEY_free(key) }
        guard EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA, let context = EVP_MD_CTX_new() else { return nil }
        defer { EVP_MD_CTX_free(context) }
        var count = Int(EVP_PKEY_get_size(key))
        var signature = [UInt8](repeating: 0, count: count)
        guard atmos_sign_sha256(context, key, &signature, &count, bytes, bytes.count) == 1 else { return nil }
        return Array(signature.prefix(count))
    }
}
