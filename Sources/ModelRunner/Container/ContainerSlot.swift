internal import Dispatch
internal import FoundationEssentials
internal import Glibc
internal import SystemPackage

/// The folder that a container and this machine share: the only one that the container may write to.
///
/// It lies beside the run directories, so that one of them can be moved in for its run and out again afterwards.
final class ContainerSlot: Sendable {
    private static let prefix = ".container-"

    /// The folder, as an absolute path on this machine.
    let folder: FilePath

    /// Open and locked for as long as this process lives, so that others can tell a folder in use from one left behind.
    private let descriptor: FileDescriptor

    /// Makes a slot in `parent`, and removes those that killed workers left there.
    ///
    /// - Throws: ``ModelFailure`` of kind ``ModelFailure/Kind/runtime`` when it cannot be made, or when the path has
    ///   characters that engines take for their own.
    init(in parent: FilePath, name: String) throws(ModelFailure) {
        folder = parent.appending(Self.prefix + name)
        if let odd = folder.string.first(where: { "\",:\\\n".contains($0) }) {
            throw ModelFailure(
                kind: .runtime,
                message: "The folder for run directories, \(parent), has a '\(odd)' in its path, which engines of "
                    + "containers take for one of their own: choose another.")
        }
        Self.removeAbandoned(in: parent)
        do {
            guard mkdir(folder.string, 0o700) == 0 else { throw Errno(rawValue: errno) }
            descriptor = try FileDescriptor.open(folder, .readOnly, options: [.directory, .closeOnExec])
            guard flock(descriptor.rawValue, LOCK_EX | LOCK_NB) == 0 else { throw Errno(rawValue: errno) }
        } catch {
            throw ModelFailure(
                kind: .runtime, message: "The folder \(folder) for a model's container could not be made: \(error).")
        }
    }

    deinit {
        try? FileManager.default.removeItem(atPath: folder.string)
        try? descriptor.close()
    }

    /// A short way to a file in the folder for this process: a socket's path has room for some hundred bytes only.
    func shortPath(of file: String) -> String {
        "/proc/self/fd/\(descriptor.rawValue)/\(file)"
    }

    /// Moves a run directory in, after removing what the container may have put here besides its last run.
    ///
    /// - Returns: where it is now.
    func admit(_ directory: FilePath) throws(ModelFailure) -> FilePath {
        let place = folder.appending(Container.runFolder)
        do {
            for name in try FolderContents.names(in: folder) {
                try FileManager.default.removeItem(atPath: folder.appending(name).string)
            }
            guard rename(directory.string, place.string) == 0 else { throw Errno(rawValue: errno) }
        } catch {
            throw ModelFailure(
                kind: .runtime, message: "The run directory could not be moved to \(place) for its run: \(error).")
        }
        return place
    }

    /// Moves the run directory back.
    func release(_ place: FilePath, to directory: FilePath) throws(ModelFailure) {
        guard rename(place.string, directory.string) == 0 else {
            throw ModelFailure(
                kind: .runtime,
                message: "The run directory could not be moved back from \(place): \(Errno(rawValue: errno)).")
        }
    }

    private static func removeAbandoned(in parent: FilePath) {
        for name in (try? FolderContents.names(in: parent)) ?? [] where name.hasPrefix(prefix) {
            let folder = parent.appending(name)
            guard
                let descriptor = try? FileDescriptor.open(
                    folder, .readOnly, options: [.directory, .noFollow, .closeOnExec])
            else { continue }
            if flock(descriptor.rawValue, LOCK_EX | LOCK_NB) == 0 {
                try? FileManager.default.removeItem(atPath: folder.string)
            }
            try? descriptor.close()
        }
    }
}

/// The socket that a container's supervisor connects to, once.
struct ControlSocket {
    private let listener: CInt
    private let path: String

    /// Listens at `path`, which must be short.
    init(path: String) throws(Errno) {
        self.path = path
        let kind = Int32(SOCK_SEQPACKET.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        listener = socket(AF_UNIX, kind, 0)
        guard listener >= 0 else { throw Errno(rawValue: errno) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        guard path.utf8.count < MemoryLayout.size(ofValue: address.sun_path) else { throw .fileNameTooLong }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard bound == 0, listen(listener, 1) == 0 else {
            let error = Errno(rawValue: errno)
            close(listener)
            throw error
        }
    }

    /// Waits for the supervisor, on a thread of its own; nil when it does not come in time. Nobody else can connect
    /// afterwards.
    func accept(timeLimit: Duration) async -> SupervisorLink? {
        await withCheckedContinuation { continuation in
            DispatchQueue(label: "atmos.container").async {
                continuation.resume(returning: self.waitForConnection(timeLimit))
            }
        }
    }

    /// Stops listening.
    func cancel() {
        close(listener)
        unlink(path)
    }

    private func waitForConnection(_ timeLimit: Duration) -> SupervisorLink? {
        var event = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
        guard poll(&event, 1, Int32(timeLimit / .milliseconds(1))) == 1 else { return nil }
        let connection = Glibc.accept(listener, nil, nil)
        guard connection >= 0 else { return nil }
        _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
        return SupervisorLink(socket: connection, process: nil)
    }
}
