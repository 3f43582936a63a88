// OpenSSL's libcrypto, for hashing and signing.
#ifndef ATMOS_COPENSSL_SHIM_H
#define ATMOS_COPENSSL_SHIM_H
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>

/// EVP_DigestSign over SHA-256 in one step; EVP_DigestSignInit's arguments are the usual ones.
static inline int atmos_sign_sha256(
    EVP_MD_CTX *context, EVP_PKEY *key, unsigned char *signature, size_t *count, const unsigned char *bytes,
    size_t byteCount) {
    if (EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) != 1) return 0;
    return EVP_DigestSign(context, signature, count, bytes, byteCount);
}

/// The private key in a PEM text without a passphrase, or NULL. It never asks the terminal for one.
static inline EVP_PKEY *atmos_private_key(const void *pem, int count) {
    BIO *memory = BIO_new_mem_buf(pem, count);
    if (memory == NULL) return NULL;
    EVP_PKEY *key = PEM_read_bio_PrivateKey(memory, NULL, NULL, (void *)"");
    BIO_free(memory);
    return key;
}
#endif
