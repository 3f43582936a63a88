internal import Glibc
package import SystemPackage

/// The folder of a server's Unix socket.
///
/// The kernel accepts no socket path of more than 107 bytes. Sockets are therefore in the folder `sockets` of the
/// server's folder if that path is short enough, else in a folder under `/tmp` that is private to the user and whose name
/// is derived from the long path.
package enum SocketFolder {
    /// The largest length of a socket's path, in bytes.
    package static let maxPathBytes = 106
    /// The largest length of a socket's name in the folder, in bytes.
    package static let maxNameBytes = 24

    /// The folder for the sockets of a server whose data is in `folder`. Does not create it.
    ///
    /// - Parameter folder: an absolute path; the same one always gives the same result.
    package static func path(for folder: FilePath) -> FilePath {
        let inside = folder.appending("sockets")
        if inside.string.utf8.count + 1 + maxNameBytes <= maxPathBytes { return inside }
        return FilePath("/tmp/atmos-\(geteuid())-\(String(fingerprint(folder.string), radix: 16))")
    }

    /// Creates the folder for the sockets of a server whose data is in `folder`, open to this user alone.
    ///
    /// - Throws: ``DataFolderError`` if it cannot be created, or if it exists and another user can enter it.
    package static func create(for folder: FilePath) throws -> FilePath {
        let path = path(for: folder)
        try Directory.create(path, mode: 0o700)
        // All users can write to /tmp: a folder of this name that another user created must not be trusted.
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

    /// The path for a URL: every byte with a meaning in URLs as `%XX`.
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

    /// FNV-1a, 64 bits: short names for long paths. It need not resist attacks.
    private static func fingerprint(_ text: String) -> UInt64 {
        text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 }
    }
}
