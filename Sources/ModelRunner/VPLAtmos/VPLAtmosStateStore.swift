internal import FoundationEssentials
internal import Glibc
internal import Support
internal import SystemPackage

/// A state that the climate starts from, made for a package that has none.
struct VPLAtmosClimateState: Sendable, Equatable {
    /// The content of `TempIn.dat`.
    let bytes: [UInt8]
    /// The SHA-256 of the content, in hexadecimal.
    let digest: String

    init(bytes: [UInt8]) {
        self.bytes = bytes
        digest = Hexadecimal.encode(SHA256.hash(bytes))
    }
}

/// Keeps the climate's first state of a package next to the run directories, so that it is made once.
///
/// A lock of the operating system makes all others wait while one run makes the state. It ends with its process.
struct VPLAtmosStateStore: Sendable {
    /// The folder of the state, next to the run directories.
    let folder: FilePath
    private let files = BlockingExecutor(label: "atmos.model.state")

    private static let stateFile = "TempIn.dat"
    private static let makingFolder = "making"
    /// The interval between two attempts to get the lock.
    private static let interval = Duration.milliseconds(250)
    /// No state of Atmos is this large.
    private static let byteLimit = 1 << 24

    /// - Parameter version: of the package; another package has another state.
    init(runFolder: FilePath, version: String) {
        folder = runFolder.appending("atmos-start-\(version.prefix(16))")
    }

    /// The state: the one that is kept, else a new one.
    ///
    /// - Parameter make: makes the state in a new folder, which it may fill.
    /// - Throws: ``ModelFailure`` if the state cannot be made or kept, `CancellationError` if the task was cancelled.
    func state(
        makingIn make: @Sendable (_ folder: FilePath) async throws -> [UInt8]
    ) async throws -> VPLAtmosClimateState {
        if let kept = await files.run({ kept() }) { return kept }
        let lock = try await lock()
        defer { try? lock.close() }
        if let kept = await files.run({ kept() }) { return kept }
        let making = folder.appending(Self.makingFolder)
        do {
            try await files.run { try makeFolder(making) }
            let state = VPLAtmosClimateState(bytes: try await make(making))
            try await files.run {
                let new = making.appending(Self.stateFile)
                try SmallFile.write(state.bytes, to: new)
                guard rename(new.string, folder.appending(Self.stateFile).string) == 0 else {
                    throw Errno(rawValue: errno)
                }
                try FileManager.default.removeItem(atPath: making.string)
            }
            return state
        } catch var failure as ModelFailure {
            failure.message += "; this was the run with IUP=1 that makes the climate's first state, in \(making)"
            throw failure
        } catch let error where !(error is CancellationError) {
            throw failure(error)
        }
    }

    private func kept() -> VPLAtmosClimateState? {
        guard let bytes = try? SmallFile.read(folder.appending(Self.stateFile), limit: Self.byteLimit), !bytes.isEmpty
        else { return nil }
        return VPLAtmosClimateState(bytes: bytes)
    }

    /// Waits until no other process makes the state.
    ///
    /// - Returns: the locked file; closing it unlocks it.
    private func lock() async throws -> FileDescriptor {
        let file: FileDescriptor
        do {
            file = try await files.run {
                if mkdir(folder.string, 0o755) != 0, errno != EEXIST { throw Errno(rawValue: errno) }
                return try FileDescriptor.open(
                    folder.appending("lock"), .readWrite, options: [.create, .closeOnExec],
                    permissions: [.ownerReadWrite])
            }
        } catch {
            throw failure(error)
        }
        do {
            while flock(file.rawValue, LOCK_EX | LOCK_NB) != 0 {
                guard errno == EWOULDBLOCK || errno == EINTR else { throw failure(Errno(rawValue: errno)) }
                try await Task.sleep(for: Self.interval)
            }
            return file
        } catch {
            try? file.close()
            throw error
        }
    }

    /// Makes an empty folder, in place of one that a killed worker left.
    private func makeFolder(_ path: FilePath) throws {
        if FileManager.default.fileExists(atPath: path.string) {
            try FileManager.default.removeItem(atPath: path.string)
        }
        guard mkdir(path.string, 0o755) == 0 else { throw Errno(rawValue: errno) }
    }

    private func failure(_ error: any Error) -> ModelFailure {
        ModelFailure(kind: .spawn, message: "cannot keep the climate's first state in \(folder): \(error)")
    }
}
