internal import Glibc
package import SystemPackage

/// Where a server's Unix socket lives.
///
/// The kernel takes no socket path of more than 107 bytes. Sockets therefore live in the folder `sockets` of the
/// server's own folder, and where that path is too long in a short folder under `/tmp`, private to the user, whose name
/// is derived from the long one.
package enum SocketFolder {
    /// The longest path that a socket may have, in bytes.
    package static let longestPath = 106
    /// The longest name that a socket in the folder may have, in bytes.
    package static let longestName = 24

    /// The folder for the sockets of a server that lives in `folder`, without creating it.
    ///
    /// - Parameter folder: An absolute path; the same one always gives the same answer.
    package static func path(for folder: FilePath) -> FilePath {
        let beside = folder.appending("sockets")
        if beside.string.utf8.count + 1 + longestName <= longestPath { return beside }
        return FilePath("/tmp/atmos-\(geteuid())-\(String(fingerprint(folder.string), radix: 16))")
    }

    /// Creates the folder for the sockets of a server that lives in `folder`, readable by this user alone.
    ///
    /// - Throws: ``DataFolderError`` when it cannot be created, or when somebody else was there first.
    package static func create(for folder: FilePath) throws -> FilePath {
        let path = path(for: folder)
        try Directory.create(path, mode: 0o700)
        // /tmp is everybody's: a folder that another user put there under this name must not be trusted.
        var information = stat()
        guard path.withPlatformString({ lstat($0, &information) }) == 0 else {
            throw DataFolderError.system(Errno(rawValue: errno), path)
        }
        guard
            information.st_mode & S_IFMT == S_IFDIR, information.st_uid == geteuid(), information.st_mode & 0o077 == 0
        else {
            throw DataFolderError(
                code: .notPrivate, path: path,
                detail: "remove it, or choose a data folder with a shorter path")
        }
        return path
    }

    /// The path for a URL: every byte that means something there as `%XX`.
    static func percentEncoded(_ path: FilePath) -> String {
        path.string.utf8.reduce(into: "") { text, byte in
            let scalar = Unicode.Scalar(byte)
            if Character(scalar).isASCII,
                Character(scalar).isLetter || Character(scalar).isNumber
                    || "/._-".unicodeScalars.contains(scalar)
            {
                text.unicodeScalars.append(scalar)
            } else {
                text += (byte < 16 ? "%0" : "%") + String(byte, radix: 16, uppercase: true)
            }
        }
    }

    /// FNV-1a, 64 bits: short names for long paths; nothing secret depends on it.
    private static func fingerprint(_ text: String) -> UInt64 {
        text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 }
    }
}
