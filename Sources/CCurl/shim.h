// libcurl, for HTTP. Its options are set through variadic functions, which Swift cannot call:
// each kind of argument gets a typed wrapper here.
#ifndef ATMOS_CCURL_SHIM_H
#define ATMOS_CCURL_SHIM_H
#include <curl/curl.h>

static inline CURLcode atmos_curl_set_long(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode atmos_curl_set_pointer(CURL *handle, CURLoption option, const void *value) {
    return curl_easy_setopt(handle, option, value);
}
#endif
