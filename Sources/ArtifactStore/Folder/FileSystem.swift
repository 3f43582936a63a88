internal import Glibc
internal import SystemPackage

/// The operations of the file system that a store needs. They block.
enum FileSystem {
    /// The sorted names in a folder, without `.` and `..`.
    static func names(in folder: FilePath) throws(ArtifactStoreError) -> [String] {
        guard let stream = opendir(folder.string) else { throw failure("read", folder) }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Whether a folder exists at `path`.
    static func isFolder(_ path: FilePath) -> Bool {
        var status = stat()
        return stat(path.string, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Creates a folder and those above it if they do not exist.
    static func makeFolder(_ path: FilePath) throws(ArtifactStoreError) {
        if isFolder(path) { return }
        let above = path.removingLastComponent()
        if above != path { try makeFolder(above) }
        if mkdir(path.string, 0o777) != 0, errno != EEXIST { throw failure("create the folder", path) }
        guard isFolder(path) else {
            throw ArtifactStoreError(.fileSystem, "'\(path)' is not a folder")
        }
    }

    /// Opens a regular file for reading. Throws for a link, a pipe or a folder.
    static func openRegularFile(_ source: FilePath) throws(ArtifactStoreError) -> FileDescriptor {
        let input = open(source.string, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard input >= 0 else {
            if errno == ELOOP {
                throw ArtifactStoreError(
                    .invalidFile, "'\(source)' is a symbolic link; only regular files can be stored")
            }
            throw ArtifactStoreError(.invalidFile, "cannot read '\(source)': \(Errno(rawValue: errno))")
        }
        var status = stat()
        guard fstat(input, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(input)
            throw ArtifactStoreError(
                .invalidFile, "'\(source)' is not a regular file; only regular files can be stored")
        }
        return FileDescriptor(rawValue: input)
    }

    /// Copies a regular file to a new file and syncs it to disk.
    static func copy(_ source: FilePath, to destination: FilePath) throws(ArtifactStoreError) {
        let input = try openRegularFile(source)
        defer { try? input.close() }
        let output = open(destination.string, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard output >= 0 else { throw failure("create", destination) }
        defer { close(output) }
        do {
            try FileChunks.read(input) { try FileDescriptor(rawValue: output).writeAll($0) }
        } catch {
            throw ArtifactStoreError(.fileSystem, "cannot copy '\(source)' to '\(destination)': \(error)")
        }
        guard fsync(output) == 0 else { throw failure("write", destination) }
    }

    /// Syncs the entries of a folder to disk.
    static func synchronize(_ folder: FilePath) throws(ArtifactStoreError) {
        let descriptor = open(folder.string, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("open", folder) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("write", folder) }
    }

    /// Renames a finished folder into place in one step. If the name is taken, that folder stays and this one is
    /// removed.
    static func publish(_ folder: FilePath, as name: FilePath) throws(ArtifactStoreError) {
        if rename(folder.string, name.string) == 0 { return try synchronize(name.removingLastComponent()) }
        guard errno == ENOTEMPTY || errno == EEXIST else { throw failure("rename '\(folder)' to", name) }
        remove(folder)
    }

    /// Renames a file and replaces any file of the new name.
    static func move(_ file: FilePath, to name: FilePath) throws(ArtifactStoreError) {
        guard rename(file.string, name.string) == 0 else { throw failure("rename '\(file)' to", name) }
    }

    /// Removes a file if it exists; never a folder.
    static func removeFile(_ path: FilePath) {
        unlink(path.string)
    }

    /// Removes a folder of files or a file, if it exists.
    static func remove(_ path: FilePath) {
        if unlink(path.string) == 0 || errno == ENOENT { return }
        for name in (try? names(in: path)) ?? [] { unlink(path.appending(name).string) }
        rmdir(path.string)
    }

    /// Removes the entries of a folder that were last modified more than `age` seconds ago.
    static func removeEntries(of folder: FilePath, olderThan age: Int) {
        for name in (try? names(in: folder)) ?? [] {
            var status = stat()
            let entry = folder.appending(name)
            if lstat(entry.string, &status) == 0, status.st_mtim.tv_sec < time(nil) - age { remove(entry) }
        }
    }

    private static func failure(_ action: String, _ path: FilePath) -> ArtifactStoreError {
        let reason = Errno(rawValue: errno)
        return ArtifactStoreError(.fileSystem, "cannot \(action) '\(path)': \(reason)")
    }
}
