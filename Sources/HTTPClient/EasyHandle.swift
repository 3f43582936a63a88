internal import CCurl
internal import SystemPackage

/// libcurl's handle of one transfer, with its options by kind. Belongs to the client's thread.
///
/// An option is only refused where libcurl was built without it; those that matter to security are checked by the caller.
struct EasyHandle {
    let pointer: UnsafeMutableRawPointer

    /// A new handle; nil when memory has run out.
    init?() {
        guard let pointer = curl_easy_init() else { return nil }
        self.pointer = pointer
    }

    /// Frees it; it must not be part of a multi handle any more.
    func free() {
        curl_easy_cleanup(pointer)
    }

    func set(_ option: CURLoption, _ value: Int) {
        atmos_curl_set_long(pointer, option, value)
    }

    func set(_ option: CURLoption, offset: Int) {
        atmos_curl_set_offset(pointer, option, curl_off_t(offset))
    }

    func set(_ option: CURLoption, _ text: String) {
        atmos_curl_set_text(pointer, option, text)
    }

    func set(_ option: CURLoption, pointer value: UnsafeMutableRawPointer) {
        atmos_curl_set_pointer(pointer, option, value)
    }

    func set(_ option: CURLoption, _ function: @escaping atmos_curl_data_function) {
        atmos_curl_set_data_function(pointer, option, function)
    }

    func setSeek(_ function: @escaping atmos_curl_seek_function, context: UnsafeMutableRawPointer) {
        atmos_curl_set_seek_function(pointer, function)
        set(CURLOPT_SEEKDATA, pointer: context)
    }

    /// Sets a PEM text: its file's name, or its bytes.
    ///
    /// - Returns: whether this build of libcurl can.
    func set(_ source: TLSOptions.Source, file: CURLoption, blob: CURLoption) -> Bool {
        switch source {
        case .file(let path): atmos_curl_set_text(pointer, file, path.string) == CURLE_OK
        case .pem(let bytes): atmos_curl_set_blob(pointer, blob, bytes, bytes.count) == CURLE_OK
        }
    }
}
