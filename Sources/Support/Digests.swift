internal import COpenSSL

/// SHA-256 (FIPS 180-4), computed by OpenSSL.
package struct SHA256: ~Copyable {
    /// The length of a digest in bytes.
    package static let byteCount = 32

    private let context: OpaquePointer

    /// Starts a digest of no bytes.
    package init() {
        guard let context = EVP_MD_CTX_new() else { preconditionFailure("EVP_MD_CTX_new: out of memory") }
        self.context = context
        let started = EVP_DigestInit_ex(context, EVP_sha256(), nil)
        precondition(started == 1, "EVP_DigestInit_ex refused SHA-256")
    }

    deinit {
        EVP_MD_CTX_free(context)
    }

    /// Appends bytes to the digested data.
    package func update(_ bytes: some Collection<UInt8>) {
        let done: Void? = bytes.withContiguousStorageIfAvailable { update($0) }
        if done == nil { Array(bytes).withUnsafeBufferPointer { update($0) } }
    }

    private func update(_ buffer: UnsafeBufferPointer<UInt8>) {
        let updated = EVP_DigestUpdate(context, buffer.baseAddress, buffer.count)
        precondition(updated == 1, "EVP_DigestUpdate failed")
    }

    /// Ends the digest and returns its 32 bytes.
    package consuming func finalize() -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: Self.byteCount) { buffer, count in
            var length: UInt32 = 0
            let finished = EVP_DigestFinal_ex(context, buffer.baseAddress, &length)
            precondition(finished == 1 && Int(length) == Self.byteCount, "EVP_DigestFinal_ex failed")
            count = Self.byteCount
        }
    }

    /// The digest of `bytes`.
    package static func hash(_ bytes: some Collection<UInt8>) -> [UInt8] {
        let digest = SHA256()
        digest.update(bytes)
        return digest.finalize()
    }
}

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

/// RSA signatures over SHA-256 with PKCS #1 v1.5 padding (RFC 8017; `RS256` of RFC 7518), made by OpenSSL.
package enum RSASignature {
    /// Signs bytes.
    ///
    /// - Parameter privateKey: PEM text, without a passphrase.
    /// - Returns: the signature; `nil` if the text does not hold an RSA key.
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

/// The 32-bit cyclic redundancy check with Castagnoli's polynomial (RFC 3720, B.4), which object stores compute for
/// every object. It guards against accidents, not against attackers.
package struct CRC32C: Sendable {
    /// The remainder of each byte, for the reflected polynomial 0x82F63B78.
    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0x82F6_3B78 : value >> 1 }
    }

    private var state: UInt32 = .max

    /// Starts a check of no bytes.
    package init() {}

    /// Appends bytes to the checked data.
    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        var state = state
        Self.table.withUnsafeBufferPointer { table in
            for byte in bytes { state = table[Int(UInt8(truncatingIfNeeded: state) ^ byte)] ^ state >> 8 }
        }
        self.state = state
    }

    /// The check of all bytes so far.
    package var value: UInt32 { ~state }

    /// ``value`` as four bytes, most significant first.
    package var bytes: [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }
}
