// OpenSSL: libcrypto for hashing, libssl for TLS, and functions in place of macros, which Swift cannot call.
#ifndef ATMOS_COPENSSL_SHIM_H
#define ATMOS_COPENSSL_SHIM_H
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

/// EVP_DigestSign over SHA-256 in one step; EVP_DigestSignInit's arguments are the usual ones.
static inline int atmos_sign_sha256(
    EVP_MD_CTX *context, EVP_PKEY *key, unsigned char *signature, size_t *count, const unsigned char *bytes,
    size_t byteCount) {
    if (EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) != 1) return 0;
    return EVP_DigestSign(context, signature, count, bytes, byteCount);
}

/// The private key in a PEM text without a passphrase, or NULL. Never asks for a passphrase on the terminal.
static inline EVP_PKEY *atmos_private_key(const void *pem, int count) {
    BIO *memory = BIO_new_mem_buf(pem, count);
    if (memory == NULL) return NULL;
    EVP_PKEY *key = PEM_read_bio_PrivateKey(memory, NULL, NULL, (void *)"");
    BIO_free(memory);
    return key;
}

static inline int atmos_no_passphrase(char *buffer, int size, int writing, void *data) {
    (void)buffer, (void)size, (void)writing, (void)data;
    return -1;
}

/// A context for clients: TLS 1.2 or later, no renegotiation, never asks for a passphrase on the terminal.
/// NULL if there is no memory for it.
static inline SSL_CTX *atmos_tls_client_context(void) {
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    if (context == NULL) return NULL;
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_default_passwd_cb(context, atmos_no_passphrase);
    return context;
}

/// Sets the server name that is sent to the server (Server Name Indication). 1 on success.
static inline int atmos_tls_set_server_name(SSL *ssl, const char *name) {
    return (int)SSL_set_tlsext_host_name(ssl, name);
}

/// The bytes in a memory BIO, without removing them.
static inline long atmos_bio_contents(BIO *bio, char **start) {
    return BIO_get_mem_data(bio, start);
}
#endif
