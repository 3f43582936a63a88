internal import Glibc
package import SystemPackage

/// The limits of one run of a model.
package struct RunLimits: Sendable, Hashable {
    /// The wall time after which the run is ended as a timeout.
    package var wallTime: Duration

    /// The processor time of all processes of the run after which it is ended as a timeout; `nil` for no limit. In a
    /// container the limit is for each process, in whole seconds.
    package var cpuTime: Duration?

    /// The limit of memory in bytes, for the address space of each process and for the resident anonymous memory of all
    /// processes together; `nil` for no limit.
    package var memoryBytes: Int?

    /// The limit of written bytes, for each file and for all files of the run directory and the log together.
    package var outputBytes: Int

    /// The time between SIGTERM and SIGKILL for a run that is ended.
    package var grace: Duration

    /// Sets limits; by default a minute of wall time, unlimited processor time and memory, 16 MiB of output and 2 seconds
    /// of grace.
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

/// The size of a run's files.
package struct FolderSize: Sendable, Equatable {
    /// The limit of files and folders: a run that creates more of them is broken.
    package static let maxFiles = 10_000

    /// The bytes of all regular files.
    package var bytes = 0
    /// The number of files and folders.
    package var files = 0

    /// Whether a run has reached its limit of output.
    package func exceeds(_ limits: RunLimits) -> Bool {
        bytes >= limits.outputBytes || files > Self.maxFiles
    }

    /// Measures a run directory without its `parent/`. Links are not followed.
    package static func ofRun(in directory: FilePath) -> FolderSize {
        var size = FolderSize()
        var folders = [directory]
        while let folder = folders.popLast(), size.files <= maxFiles {
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
