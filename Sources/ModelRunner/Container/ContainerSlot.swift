internal import FoundationEssentials
internal import Glibc
internal import Support
internal import SystemPackage

/// The folder that a container and this machine share: the only one that the container may write to.
///
/// It is in the folder of the run directories, so that a run directory can be moved in for its run and out afterwards.
final class ContainerSlot: Sendable {
    private static let prefix = ".container-"

    /// The folder, as an absolute path on this machine.
    let folder: FilePath

    /// Open and locked while this process lives, so that other processes can recognise abandoned slots.
    private let descriptor: FileDescriptor

    /// Creates a slot in `parent`, and removes those that killed workers have left there.
    ///
    /// - Throws: ``ModelFailure`` of kind ``ModelFailure/Kind/runtime`` if it cannot be created, or if the path contains
    ///   characters with a special meaning for engines.
    init(in parent: FilePath, name: String) throws(ModelFailure) {
        folder = parent.appending(Self.prefix + name)
        if let odd = folder.string.first(where: { "\",:\\\n".contains($0) }) {
            throw ModelFailure(
                kind: .runtime,
                message:
                    "the path of the folder for run directories, \(parent), contains '\(odd)', which has a special "
                    + "meaning for container engines; choose another folder")
        }
        Self.removeAbandoned(in: parent)
        do {
            guard mkdir(folder.string, 0o700) == 0 else { throw Errno(rawValue: errno) }
            descriptor = try FileDescriptor.open(folder, .readOnly, options: [.directory, .closeOnExec])
            guard flock(descriptor.rawValue, LOCK_EX | LOCK_NB) == 0 else { throw Errno(rawValue: errno) }
        } catch {
            throw ModelFailure(
                kind: .runtime, message: "cannot create the folder \(folder) for a model's container: \(error)")
        }
    }

    deinit {
        try? FileManager.default.removeItem(atPath: folder.string)
        try? descriptor.close()
    }

    /// A short path of a file in the folder for this process: the path of a socket is limited to about a hundred bytes.
    func shortPath(of file: String) -> String {
        "/proc/self/fd/\(descriptor.rawValue)/\(file)"
    }

    /// Moves a run directory in, after removing all files that the container may have left here.
    ///
    /// - Returns: its new path.
    func moveIn(_ directory: FilePath) throws(ModelFailure) -> FilePath {
        let place = folder.appending(Container.runFolder)
        do {
            for name in try FolderContents.names(in: folder) {
                try FileManager.default.removeItem(atPath: folder.appending(name).string)
            }
            guard rename(directory.string, place.string) == 0 else { throw Errno(rawValue: errno) }
        } catch {
            throw ModelFailure(
                kind: .runtime, message: "cannot move the run directory to \(place) for its run: \(error)")
        }
        return place
    }

    /// Moves the run directory back.
    func moveOut(_ place: FilePath, to directory: FilePath) throws(ModelFailure) {
        guard rename(place.string, directory.string) == 0 else {
            throw ModelFailure(
                kind: .runtime,
                message: "cannot move the run directory back from \(place): \(Errno(rawValue: errno))")
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

    /// Listens at `path`, of at most 107 bytes.
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

    /// Waits for the supervisor; `nil` if it does not connect in time.
    func accept(timeLimit: Duration) async -> SupervisorLink? {
        await BlockingExecutor(label: "atmos.container").run { self.waitForConnection(timeLimit) }
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
