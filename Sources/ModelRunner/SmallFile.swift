internal import Glibc
internal import SystemPackage

/// Reads and writes small files of a run directory without following links that a model may have put in their place.
enum SmallFile {
    /// The reason why a file could not be read; the description completes a sentence that begins with the file's name.
    enum Refusal: Error, CustomStringConvertible {
        case missing
        case notRegular(String)
        case tooLarge(size: Int, limit: Int)
        case unreadable(Errno)

        var description: String {
            switch self {
            case .missing: "does not exist"
            case .notRegular(let what): "is \(what), not a regular file"
            case .tooLarge(let size, let limit): "has \(size) bytes, more than the limit of \(limit)"
            case .unreadable(let error): "cannot be read: \(error)"
            }
        }
    }

    /// The bytes of a regular file of at most `limit` bytes. Refuses symbolic links, and does not wait for a pipe or a device
    /// that would block.
    static func read(_ path: FilePath, limit: Int) throws(Refusal) -> [UInt8] {
        do {
            let file = try FileDescriptor.open(
                path, .readOnly, options: [.noFollow, .nonBlocking, .closeOnExec])
            defer { try? file.close() }
            var status = stat()
            guard fstat(file.rawValue, &status) == 0 else { throw Errno(rawValue: errno) }
            guard status.st_mode & S_IFMT == S_IFREG else { throw Refusal.notRegular(name(ofMode: status.st_mode)) }
            guard status.st_size <= limit else { throw Refusal.tooLarge(size: Int(status.st_size), limit: limit) }
            return try readAll(file, size: Int(status.st_size))
        } catch let refusal as Refusal {
            throw refusal
        } catch Errno.noSuchFileOrDirectory {
            throw .missing
        } catch Errno.tooManySymbolicLinkLevels {
            throw .notRegular("a symbolic link")
        } catch {
            throw .unreadable(error as? Errno ?? .ioError)
        }
    }

    /// The file's bytes. No process writes to it any longer, so that its size is known.
    private static func readAll(_ file: FileDescriptor, size: Int) throws -> [UInt8] {
        try [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            while count < size {
                let rest = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[count...])
                let read = try file.read(into: rest)
                if read == 0 { break }
                count += read
            }
        }
    }

    /// Writes a new file. An existing one is an error, so that no file of another run is overwritten and no link followed.
    static func write(_ text: String, to path: FilePath) throws(Errno) {
        try write(text.utf8, to: path)
    }

    /// Writes a new file of these bytes.
    static func write(_ bytes: some Sequence<UInt8>, to path: FilePath) throws(Errno) {
        do {
            let file = try FileDescriptor.open(
                path, .writeOnly, options: [.create, .exclusiveCreate, .closeOnExec],
                permissions: [.ownerReadWrite, .groupRead, .otherRead])
            try file.closeAfter { _ = try file.writeAll(bytes) }
        } catch {
            throw error as? Errno ?? .ioError
        }
    }

    /// Whether `path` is a regular file that is not empty.
    static func hasContent(_ path: FilePath) -> Bool {
        guard let status = status(of: path) else { return false }
        return status.st_mode & S_IFMT == S_IFREG && status.st_size > 0
    }

    /// The type of a file of this mode, with its article.
    static func name(ofMode mode: mode_t) -> String {
        switch mode & S_IFMT {
        case S_IFREG: "a regular file"
        case S_IFDIR: "a folder"
        case S_IFLNK: "a symbolic link"
        case S_IFIFO: "a pipe"
        case S_IFSOCK: "a socket"
        default: "a device"
        }
    }

    /// The status of `path` itself, links not followed; `nil` if it does not exist.
    static func status(of path: FilePath) -> stat? {
        var status = stat()
        return path.withPlatformString { lstat($0, &status) } == 0 ? status : nil
    }
}

/// Lists and copies the content of folders.
enum FolderContents {
    /// The names in a folder except `.` and `..`, in no particular order.
    static func names(in folder: FilePath) throws(Errno) -> [String] {
        guard let stream = opendir(folder.string) else { throw Errno(rawValue: errno) }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    /// The regular files in a folder and in the folders in it, in the order of their paths. Links to files are files; links
    /// to folders inside it are not followed.
    static func files(below folder: FilePath) throws(Errno) -> [FilePath] {
        var files: [FilePath] = []
        for name in try names(in: folder).sorted() {
            let path = folder.appending(name)
            var status = stat()
            if SmallFile.status(of: path).map({ $0.st_mode & S_IFMT == S_IFDIR }) == true {
                files += try self.files(below: path)
            } else if stat(path.string, &status) == 0, status.st_mode & S_IFMT == S_IFREG {
                files.append(path)
            }
        }
        return files
    }

    /// Copies a file's bytes into a new file.
    static func copy(_ source: FilePath, to destination: FilePath) throws {
        let input = try FileDescriptor.open(source, .readOnly, options: [.noFollow, .closeOnExec])
        try input.closeAfter {
            let output = try FileDescriptor.open(
                destination, .writeOnly, options: [.create, .exclusiveCreate, .closeOnExec],
                permissions: [.ownerReadWrite, .groupRead, .otherRead])
            try output.closeAfter {
                try input.forEachChunk { try output.writeAll($0) }
            }
        }
    }
}

extension FileDescriptor {
    /// Reads to the end of the file, in chunks of at most 64 KiB.
    func forEachChunk(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        try withUnsafeTemporaryAllocation(byteCount: 1 << 16, alignment: 16) { buffer in
            while case let count = try read(into: buffer), count > 0 {
                try body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            }
        }
    }
}
