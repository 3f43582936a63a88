internal import Glibc

/// Files that are there whole or not at all.
enum WholeFile {
    /// Writes the bytes beside the file and then puts them in its place, so that no reader sees half of them.
    ///
    /// - Throws: ``MapDrawingError`` with the code `cannotWrite`.
    static func write(_ bytes: [UInt8], to path: String) throws(MapDrawingError) {
        let temporary = "\(path).\(getpid()).new"
        guard let file = fopen(temporary, "we") else { throw failure(path, errno) }
        let written = fwrite(bytes, 1, bytes.count, file)
        let problem = written == bytes.count ? 0 : errno
        // Closing writes what is still buffered, so it can fail as well.
        guard fclose(file) == 0, written == bytes.count, rename(temporary, path) == 0 else {
            let error = failure(path, problem != 0 ? problem : errno)
            unlink(temporary)
            throw error
        }
    }

    private static func failure(_ path: String, _ error: Int32) -> MapDrawingError {
        MapDrawingError(
            code: .cannotWrite, description: "cannot write the map to \(path): \(String(cString: strerror(error)))")
    }
}
