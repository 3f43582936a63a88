internal import Glibc
package import SystemPackage

/// What one run of a model may take.
package struct RunLimits: Sendable, Hashable {
    /// How long the run may last, from its start, before it is ended as a timeout.
    package var wallTime: Duration

    /// The most processor time of the run's processes together before it is ended as a timeout; nil for no limit. In a
    /// container it holds for each process, in whole seconds.
    package var cpuTime: Duration?

    /// The most memory in bytes: of each process as address space, and of all of them together as resident anonymous
    /// memory; nil for no limit.
    package var memoryBytes: Int?

    /// The most bytes that the run may write: each file by itself, and all files of the run directory and the log
    /// together.
    package var outputBytes: Int

    /// How long a run that is asked to end (SIGTERM) has before it is made to (SIGKILL).
    package var grace: Duration

    /// Sets limits; by default a minute of wall time, any processor time and memory, 16 MiB of output and 2 seconds of grace.
    package init(
        wallTime: Duration = .seconds(60), cpuTime: Duration? = nil, memoryBytes: Int? = nil,
        outputBytes: Int = 16 << 20, grace: Duration = .seconds(2)
    ) {
        self.wallTime = wallTime
        self.cpuTime = cpuTime
        self.memoryBytes = memoryBytes
        self.outputBytes = outputBytes
        self.grace = grace
    }
}

/// How much a run has written.
package struct FolderSize: Sendable, Equatable {
    /// The most files that are looked at: a run that makes more of them has gone wrong, whatever their size.
    package static let fileLimit = 10_000

    /// The bytes of all regular files.
    package var bytes = 0
    /// How many files and folders there are.
    package var files = 0

    /// Whether a run has reached what it may write.
    package func exceeds(_ limits: RunLimits) -> Bool {
        bytes >= limits.outputBytes || files > Self.fileLimit
    }

    /// Measures a run directory, but for what lies in its `parent/`. Links are not followed.
    package static func ofRun(in directory: FilePath) -> FolderSize {
        var size = FolderSize()
        var folders = [directory]
        while let folder = folders.popLast(), size.files <= fileLimit {
            for name in (try? FolderContents.names(in: folder)) ?? [] {
                if folder == directory, name == RunDirectory.parentFolder { continue }
                guard let status = SmallFile.status(of: folder.appending(name)) else { continue }
                size.files += 1
                if status.st_mode & S_IFMT == S_IFREG { size.bytes += Int(status.st_size) }
                if status.st_mode & S_IFMT == S_IFDIR { folders.append(folder.appending(name)) }
            }
        }
        return size
    }
}
