internal import Glibc
package import SystemPackage

/// The contract between a worker and a model: what a run directory holds before a run and after it. `README.md` beside
/// this file specifies it to the letter.
package struct RunDirectory: Sendable {
    /// The point as JSON, before the run.
    package static let pointFile = "point.json"
    /// The point as a Fortran namelist, before the run.
    package static let namelistFile = "point.nml"
    /// The limits, before the run.
    package static let limitsFile = "limits.json"
    /// The folder of the parent's artifacts, before the run; empty when there is no parent.
    package static let parentFolder = "parent"
    /// The result, after the run.
    package static let resultFile = "result.json"
    /// What the model printed on standard output and standard error.
    package static let logFile = "model.log"

    /// The most bytes that a `result.json` may have.
    package static let resultByteLimit = 1 << 20
    /// The most characters that are kept of a result's message.
    package static let messageLength = 2000

    /// Where the directory is, as an absolute path.
    package let path: FilePath

    /// Names a run directory; touches nothing.
    package init(_ path: FilePath) {
        self.path = path
    }

    /// Writes what a model finds: the point in both forms, the limits, and `parent/`.
    ///
    /// - Throws: ``ModelFailure`` of kind ``ModelFailure/Kind/spawn`` when the directory holds anything but `parent/`, a
    ///   name or a value cannot be written in both forms, or a file cannot be written.
    package func prepare(_ input: ModelInput, limits: RunLimits, parent: FilePath?) throws(ModelFailure) {
        try Self.check(input)
        do {
            try requireFresh()
            try fillParentFolder(from: parent)
            try SmallFile.write(Self.pointText(input), to: path.appending(Self.pointFile))
            try SmallFile.write(Self.namelistText(input), to: path.appending(Self.namelistFile))
            try SmallFile.write(Self.limitsText(limits), to: path.appending(Self.limitsFile))
        } catch let error as Errno {
            throw ModelFailure(kind: .spawn, message: "The run directory \(path) could not be prepared: \(error).")
        } catch {
            throw error as? ModelFailure ?? ModelFailure(kind: .spawn, message: "\(error)")
        }
    }

    /// Creates the log, to be written to at its end and read from anywhere.
    package func createLog(named name: String = logFile) throws(ModelFailure) -> FileDescriptor {
        do {
            return try FileDescriptor.open(
                path.appending(name), .readWrite,
                options: [.create, .exclusiveCreate, .append, .closeOnExec],
                permissions: [.ownerReadWrite, .groupRead, .otherRead])
        } catch {
            throw ModelFailure(kind: .spawn, message: "The log in \(path) could not be created: \(error).")
        }
    }

    private func requireFresh() throws {
        for entry in try FolderContents.names(in: path) where entry != Self.parentFolder {
            throw ModelFailure(
                kind: .spawn,
                message:
                    "The run directory \(path) is not fresh: it holds \(entry). Each run needs a new, empty folder.")
        }
    }

    /// Copies the regular files of `source` (there are no folders among artifacts), so that a model which writes into
    /// `parent/` changes nobody else's files.
    private func fillParentFolder(from source: FilePath?) throws {
        let folder = path.appending(Self.parentFolder)
        if mkdir(folder.string, 0o755) != 0, errno != EEXIST { throw Errno(rawValue: errno) }
        guard let source, source.lexicallyNormalized() != folder.lexicallyNormalized() else { return }
        for name in try FolderContents.names(in: source) {
            let original = source.appending(name)
            guard let status = SmallFile.status(of: original), status.st_mode & S_IFMT == S_IFREG else { continue }
            try FolderContents.copy(original, to: folder.appending(name))
        }
    }
}
