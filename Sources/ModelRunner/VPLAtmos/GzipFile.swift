internal import CZlib
internal import SystemPackage

/// Compresses and decompresses gzip files with zlib.
enum GzipFile {
    private static let chunk = 1 << 16

    /// Compresses a file into a new file.
    ///
    /// - Throws: `Errno`.
    static func compress(_ source: FilePath, to destination: FilePath) throws {
        let input = try FileDescriptor.open(source, .readOnly, options: [.noFollow, .closeOnExec])
        defer { try? input.close() }
        let output = try FileDescriptor.open(
            destination, .writeOnly, options: [.create, .exclusiveCreate, .closeOnExec],
            permissions: [.ownerReadWrite, .groupRead, .otherRead])
        guard let file = gzdopen(output.rawValue, "wb6") else {
            try? output.close()
            throw Errno.noMemory
        }
        var failure: (any Error)?
        do {
            try input.forEachChunk { chunk in
                guard gzwrite(file, chunk.baseAddress, UInt32(chunk.count)) == chunk.count else { throw Errno.ioError }
            }
        } catch {
            failure = error
        }
        // Closing writes the rest, and also closes the descriptor.
        if gzclose(file) != Z_OK, failure == nil { failure = Errno.ioError }
        if let failure { throw failure }
    }

    /// The reason why a file could not be decompressed; the description completes a sentence that begins with its name.
    enum Refusal: Error, CustomStringConvertible {
        case unreadable(Errno)
        case damaged
        case tooLarge(limit: Int)

        var description: String {
            switch self {
            case .unreadable(let error): "cannot be read: \(error)"
            case .damaged: "is damaged or not a gzip file"
            case .tooLarge(let limit): "contains more than \(limit) bytes"
            }
        }
    }

    /// The decompressed bytes of a file, at most `limit`.
    static func decompress(_ path: FilePath, limit: Int) throws(Refusal) -> [UInt8] {
        let input: FileDescriptor
        do {
            input = try FileDescriptor.open(path, .readOnly, options: [.noFollow, .nonBlocking, .closeOnExec])
        } catch {
            throw .unreadable(error as? Errno ?? .ioError)
        }
        guard let file = gzdopen(input.rawValue, "rb") else {
            try? input.close()
            throw .unreadable(.noMemory)
        }
        var bytes: [UInt8] = []
        var status: Int32 = 0
        repeat {
            let piece = [UInt8](unsafeUninitializedCapacity: chunk) { buffer, count in
                status = gzread(file, buffer.baseAddress, UInt32(chunk))
                count = max(0, Int(status))
            }
            bytes += piece
        } while status > 0 && bytes.count <= limit
        // zlib passes uncompressed bytes through.
        let isCompressed = gzdirect(file) == 0
        // Closing reports a truncated file.
        let isWhole = gzclose(file) == Z_OK && status >= 0
        if bytes.count > limit { throw .tooLarge(limit: limit) }
        guard isWhole, isCompressed else { throw .damaged }
        return bytes
    }
}
