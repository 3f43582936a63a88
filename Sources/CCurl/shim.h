// libcurl, for HTTP. Its options are set, and its information read, through variadic functions, which Swift cannot call:
// each kind of argument gets a typed wrapper here. An option that gets the wrong kind of argument reads garbage, so the
// wrappers are named after the kinds of libcurl's own documentation.
#ifndef ATMOS_CCURL_SHIM_H
#define ATMOS_CCURL_SHIM_H
#include <curl/curl.h>

/// A function that libcurl calls with bytes that came (write, header) or with room for bytes to send (read).
typedef size_t (*atmos_curl_data_function)(char *bytes, size_t size, size_t count, void *context);

/// A function that libcurl calls to send the request's body from another place on.
typedef int (*atmos_curl_seek_function)(void *context, curl_off_t offset, int origin);

static inline CURLcode atmos_curl_set_long(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode atmos_curl_set_offset(CURL *handle, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(handle, option, value);
}

/// libcurl keeps a copy of the text.
static inline CURLcode atmos_curl_set_text(CURL *handle, CURLoption option, const char *value) {
    return curl_easy_setopt(handle, option, value);
}

/// Lists, contexts and buffers: what is pointed to must outlive the transfer.
static inline CURLcode atmos_curl_set_pointer(CURL *handle, CURLoption option, void *value) {
    return curl_easy_setopt(handle, option, value);
}

/// libcurl keeps a copy of the bytes.
static inline CURLcode atmos_curl_set_blob(CURL *handle, CURLoption option, const void *bytes, size_t count) {
    struct curl_blob blob = {(void *)bytes, count, CURL_BLOB_COPY};
    return curl_easy_setopt(handle, option, &blob);
}

static inline CURLcode atmos_curl_set_data_function(
    CURL *handle, CURLoption option, atmos_curl_data_function function) {
    return curl_easy_setopt(handle, option, function);
}

static inline CURLcode atmos_curl_set_seek_function(CURL *handle, atmos_curl_seek_function function) {
    return curl_easy_setopt(handle, CURLOPT_SEEKFUNCTION, function);
}

static inline CURLcode atmos_curl_get_long(CURL *handle, CURLINFO info, long *value) {
    return curl_easy_getinfo(handle, info, value);
}

static inline CURLMcode atmos_curl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
    return curl_multi_setopt(multi, option, value);
}

/// What a finished transfer's message says; the message itself holds a union, which Swift reads badly.
static inline CURLcode atmos_curl_message_result(const CURLMsg *message) {
    return message->data.result;
}

/// curl_global_init's usual argument, a macro of macros.
static const long atmos_curl_global_default = CURL_GLOBAL_DEFAULT;
#endif
