// libcurl, for HTTP. Its options are set and its information is read through variadic functions, which Swift cannot call.
// So each kind of argument has a typed wrapper here. An option that gets the wrong kind of argument reads garbage, so the
// wrappers are named after the kinds in libcurl's documentation.
#ifndef ATMOS_CCURL_SHIM_H
#define ATMOS_CCURL_SHIM_H
#include <curl/curl.h>

/// A callback with received bytes (write, header), or with a buffer for the bytes to send (read).
typedef size_t (*atmos_curl_data_function)(char *bytes, size_t size, size_t count, void *context);

/// A callback that moves the read position of the request's body.
typedef int (*atmos_curl_seek_function)(void *context, curl_off_t offset, int origin);

static inline CURLcode atmos_curl_set_long(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode atmos_curl_set_offset(CURL *handle, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(handle, option, value);
}

/// libcurl copies the text.
static inline CURLcode atmos_curl_set_text(CURL *handle, CURLoption option, const char *value) {
    return curl_easy_setopt(handle, option, value);
}

/// For lists, contexts and buffers, which must outlive the transfer.
static inline CURLcode atmos_curl_set_pointer(CURL *handle, CURLoption option, void *value) {
    return curl_easy_setopt(handle, option, value);
}

/// libcurl copies the bytes.
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

/// The result in the message of a finished transfer: a field of a union, which is awkward to read from Swift.
static inline CURLcode atmos_curl_message_result(const CURLMsg *message) {
    return message->data.result;
}

/// The usual argument of curl_global_init: a macro of macros, which Swift does not import.
static const long atmos_curl_global_default = CURL_GLOBAL_DEFAULT;
#endif
