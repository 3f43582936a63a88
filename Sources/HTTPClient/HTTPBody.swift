package import SystemPackage

/// The body of a request: pieces that are sent one after the other. Files are read while they are sent.
package struct HTTPBody: Sendable {
    /// A part of the body.
    package enum Piece: Sendable {
        /// Bytes in memory.
        case bytes([UInt8])
        /// A part of a file, which must not change or shrink before the request ends.
        case file(FilePath, offset: Int, count: Int)

        /// How many bytes it is.
        package var count: Int {
            switch self {
            case .bytes(let bytes): bytes.count
            case .file(_, _, let count): count
            }
        }
    }

    /// The pieces, in order.
    package let pieces: [Piece]

    /// How many bytes they are together; sent as `Content-Length`.
    package var count: Int { pieces.reduce(0) { $0 + $1.count } }

    /// A body of several pieces.
    package init(_ pieces: [Piece]) {
        self.pieces = pieces
    }

    /// A body in memory.
    package static func bytes(_ bytes: some Sequence<UInt8>) -> HTTPBody {
        HTTPBody([.bytes(Array(bytes))])
    }

    /// A part of a file.
    package static func file(_ path: FilePath, offset: Int = 0, count: Int) -> HTTPBody {
        HTTPBody([.file(path, offset: offset, count: count)])
    }
}
