// OpenSSL's libcrypto, for hashing.
#ifndef ATMOS_COPENSSL_SHIM_H
#define ATMOS_COPENSSL_SHIM_H
#include <openssl/evp.h>
#endif
