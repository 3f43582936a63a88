internal import COpenSSL

/// Keyed hashes over SHA-256 (RFC 2104), computed by OpenSSL.
package enum HMACSHA256 {
    /// The code of `bytes` under `key`, 32 bytes.
    package static func code(of bytes: some Collection<UInt8>, key: some Collection<UInt8>) -> [UInt8] {
        let key = Array(key)
        let bytes = Array(bytes)
        return [UInt8](unsafeUninitializedCapacity: SHA256.byteCount) { buffer, count in
            var length: UInt32 = 0
            let code = HMAC(EVP_sha256(), key, Int32(key.count), bytes, bytes.count, buffer.baseAddress, &length)
            precondition(code != nil && Int(length) == SHA256.byteCount, "HMAC failed")
            count = SHA256.byteCount
        }
    }
}
