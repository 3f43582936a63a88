internal import Glibc
internal import SystemPackage

/// Where a private server's socket lies. The address of a Unix socket has room for 107 bytes only.
enum PrivateRedisSocket {
    private static let longestPath = 107

    /// `FOLDER/redis.sock`, or a socket in a short private folder under `/tmp` when that path is too long.
    static func path(for folder: FilePath) -> FilePath {
        let own = folder.appending("redis.sock")
        if own.string.utf8.count <= longestPath { return own }
        return FilePath("/tmp/atmos-\(getuid())-\(String(fingerprint(of: folder.string), radix: 36))/redis.sock")
    }

    /// The socket's URL, with every byte that means something in a URL as `%XX`.
    static func url(of socket: FilePath) -> String {
        var url = "unix://"
        for byte in socket.string.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "-"):
                url.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                url += digits.utf8.count == 1 ? "%0\(digits)" : "%\(digits)"
            }
        }
        return url
    }

    /// Makes `folder` and whatever leads to it; the folder itself is for this user alone.
    static func makePrivateFolder(_ folder: FilePath) throws {
        if mkdir(folder.string, 0o700) == 0 { return }
        if errno == ENOENT {
            try makePrivateFolder(folder.removingLastComponent())
            if mkdir(folder.string, 0o700) == 0 { return }
        }
        var status = stat()
        guard errno == EEXIST, stat(folder.string, &status) == 0 else { throw failure(folder, reason: reason(errno)) }
        guard status.st_mode & S_IFMT == S_IFDIR else { throw failure(folder, reason: "it is not a folder") }
        guard access(folder.string, W_OK | X_OK) == 0 else { throw failure(folder, reason: reason(errno)) }
        // A folder under /tmp that somebody else has put there first is not private.
        if folder.starts(with: "/tmp/atmos-"), status.st_uid != getuid() {
            throw failure(folder, reason: "it belongs to another user")
        }
    }

    private static func failure(_ folder: FilePath, reason: String) -> PrivateRedisError {
        PrivateRedisError(
            code: .folder,
            message: "The folder \(folder) cannot hold a private Redis server: \(reason); choose another.")
    }

    private static func reason(_ number: Int32) -> String {
        SystemPackage.Errno(rawValue: number).description
    }

    /// FNV-1a, 64 bits: enough to keep the folders of one user apart.
    private static func fingerprint(of text: String) -> UInt64 {
        text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }
}
