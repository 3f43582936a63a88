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

    /// Appends bytes to what is digested.
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
