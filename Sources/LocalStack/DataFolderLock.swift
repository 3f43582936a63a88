internal import Glibc
internal import Synchronization
internal import SystemPackage

/// This process's claim on a ``DataFolder``: an `flock` on the file `lock` in it, which holds the owner's process id.
///
/// Keep it for as long as the folder is used, and end it with `defer { lock.unlock() }`.
package final class DataFolderLock: Sendable {
    private let descriptor: Mutex<FileDescriptor?>

    init(folder: FilePath) throws {
        let path = folder.appending("lock")
        do {
            let file = try FileDescriptor.open(
                path, .readWrite, options: [.create, .closeOnExec],
                permissions: [.ownerReadWrite, .groupRead, .otherRead])
            do {
                try Self.claim(file, folder: folder)
            } catch {
                try? file.close()
                throw error
            }
            descriptor = Mutex(file)
        } catch let error as Errno {
            throw DataFolderError.system(error, path)
        }
    }

    deinit { unlock() }

    /// Gives the folder back. Does nothing the second time.
    package func unlock() {
        descriptor.withLock { file in
            // A child that was started just now has the descriptor too until it becomes another program: so to close ours
            // would not do. The file stays, since removing it would race with a newcomer.
            if let file { flock(file.rawValue, LOCK_UN) }
            try? file?.close()
            file = nil
        }
    }

    private static func claim(_ file: FileDescriptor, folder: FilePath) throws {
        guard flock(file.rawValue, LOCK_EX | LOCK_NB) == 0 else {
            let error = Errno(rawValue: errno)
            guard error == .wouldBlock else { throw error }
            throw DataFolderError(
                code: .inUse(processID: processID(in: file)), path: folder,
                detail: "wait until it has ended, stop it, or choose another data folder")
        }
        guard ftruncate(file.rawValue, 0) == 0 else { throw Errno(rawValue: errno) }
        try file.writeAll("\(getpid())\n".utf8)
    }

    /// What the owner wrote; nil in the instant between its claim and its writing.
    private static func processID(in file: FileDescriptor) -> Int32? {
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = (try? bytes.withUnsafeMutableBytes { try file.read(fromAbsoluteOffset: 0, into: $0) }) ?? 0
        return Int32(String(decoding: bytes[..<count].prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
    }
}
