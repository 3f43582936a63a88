// OpenSSL: libcrypto for hashing, libssl for TLS, and the few lines of C that stand for its macros.
#ifndef ATMOS_COPENSSL_SHIM_H
#define ATMOS_COPENSSL_SHIM_H
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

static inline int atmos_no_passphrase(char *buffer, int size, int writing, void *data) {
    (void)buffer, (void)size, (void)writing, (void)data;
    return -1;
}

/// A context for clients: TLS 1.2 or later, no renegotiation, and no question for a passphrase on the terminal.
/// NULL when there is no memory for it.
static inline SSL_CTX *atmos_tls_client_context(void) {
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    if (context == NULL) return NULL;
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_default_passwd_cb(context, atmos_no_passphrase);
    return context;
}

/// Asks the server for the certificate of `name` (SNI). 1 on success.
static inline int atmos_tls_ask_for(SSL *ssl, const char *name) {
    return (int)SSL_set_tlsext_host_name(ssl, name);
}

/// The bytes that a memory BIO holds, without taking them out.
static inline long atmos_bio_contents(BIO *bio, char **start) {
    return BIO_get_mem_data(bio, start);
}
#endif
