internal import Glibc
internal import Support
package import SystemPackage

/// The contract between a worker and a model: the content of a run directory before and after a run. `README.md` in this
/// folder specifies it.
package struct RunDirectory: Sendable {
    /// The point as JSON, before the run.
    package static let pointFile = "point.json"
    /// The point as a Fortran namelist, before the run.
    package static let namelistFile = "point.nml"
    /// The limits, before the run.
    package static let limitsFile = "limits.json"
    /// The folder of the parent's artifacts, before the run; empty if there is no parent.
    package static let parentFolder = "parent"
    /// The result, after the run.
    package static let resultFile = "result.json"
    /// The model's standard output and standard error.
    package static let logFile = "model.log"

    /// The largest size of a `result.json`.
    package static let maxResultBytes = 1 << 20
    /// The number of characters to which a result's message is cut.
    package static let maxMessageLength = 2000

    /// The absolute path of the directory.
    package let path: FilePath

    /// Names a run directory; does not access it.
    package init(_ path: FilePath) {
        self.path = path
    }

    /// Writes the files for the model: the point in both forms, the limits, and `parent/`.
    ///
    /// - Throws: ``ModelFailure`` of kind ``ModelFailure/Kind/input`` if a name or a value cannot be written in both forms,
    ///   of kind ``ModelFailure/Kind/spawn`` if the directory contains anything but `parent/`, or a file cannot be written.
    package func prepare(_ input: ModelInput, limits: RunLimits, parent: FilePath?) throws(ModelFailure) {
        try Self.check(input)
        do {
            try requireFresh()
            try fillParentFolder(from: parent)
            try SmallFile.write(Self.pointText(input), to: path.appending(Self.pointFile))
            try SmallFile.write(Self.namelistText(input), to: path.appending(Self.namelistFile))
            try SmallFile.write(Self.limitsText(limits), to: path.appending(Self.limitsFile))
        } catch let error as Errno {
            throw ModelFailure(kind: .spawn, message: "cannot prepare the run directory \(path): \(error)")
        } catch {
            throw error as? ModelFailure ?? ModelFailure(kind: .spawn, message: "\(error)")
        }
    }

    /// Creates the log, open for appending and reading.
    package func createLog(named name: String = logFile) throws(ModelFailure) -> FileDescriptor {
        do {
            return try FileDescriptor.open(
                path.appending(name), .readWrite,
                options: [.create, .exclusiveCreate, .append, .closeOnExec],
                permissions: [.ownerReadWrite, .groupRead, .otherRead])
        } catch {
            throw ModelFailure(kind: .spawn, message: "cannot create the log in \(path): \(error)")
        }
    }

    /// Checks that the folder of the run directories has space for a model's files, by writing a small one.
    ///
    /// - Throws: the system's error, such as `ENOSPC`.
    package static func checkSpace(in folder: FilePath) throws(Errno) {
        let probe = folder.appending(".probe-\(UInt64.random(in: 0 ... .max))")
        defer { unlink(probe.string) }
        try SmallFile.write(repeatElement(0, count: 64 << 10), to: probe)
    }

    private func requireFresh() throws {
        for entry in try FolderContents.names(in: path) where entry != Self.parentFolder {
            throw ModelFailure(
                kind: .spawn,
                message:
                    "the run directory \(path) is not empty: it contains '\(entry)'; each run needs a new, empty folder"
            )
        }
    }

    /// Copies the regular files of `source` (artifacts are never folders), so that a model that writes into `parent/` cannot
    /// change the artifacts of another run.
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

/// The files that a model reads.
extension RunDirectory {
    /// Refuses names and values that cannot be written both as JSON and as a namelist.
    static func check(_ input: ModelInput) throws(ModelFailure) {
        for value in input.values {
            guard InputText.isName(value.name) else {
                throw ModelFailure(
                    kind: .input,
                    message: "invalid parameter name '\(value.name)': expected a letter, then letters, digits and "
                        + "underscores, at most 63 characters")
            }
            guard InputText.isNumber(value.value) else {
                throw ModelFailure(
                    kind: .input,
                    message: "invalid value '\(value.value)' of \(value.name): expected a decimal number such as 0.21 "
                        + "or 1.63e-6")
            }
        }
        // Fortran's names are case-insensitive: two that differ only in case would be one variable.
        var seen: Set<String> = []
        for value in input.values where !seen.insert(value.name.lowercased()).inserted {
            throw ModelFailure(
                kind: .input,
                message:
                    "duplicate parameter name '\(value.name)': names in a Fortran namelist are case-insensitive"
            )
        }
    }

    /// `point.json`, in which numbers have the digits of the exact decimals.
    static func pointText(_ input: ModelInput) -> String {
        let parameters = input.values.map { "\(JSONText.quoted($0.name)): \($0.value)" }.joined(separator: ", ")
        return """
            {
              "hash": \(JSONText.quoted(input.hash)),
              "code": \(JSONText.quoted(input.code)),
              "parameters": {\(parameters)}
            }

            """
    }

    /// `point.nml`, with one variable per line. gfortran needs the newline after the slash when it reads a namelist from
    /// standard input.
    static func namelistText(_ input: ModelInput) -> String {
        "&point\n" + input.values.map { "  \($0.name) = \($0.value)\n" }.joined() + "/\n"
    }

    /// `limits.json`.
    static func limitsText(_ limits: RunLimits) -> String {
        """
        {
          "wall_time_seconds": \(limits.wallTime / .seconds(1)),
          "cpu_time_seconds": \(limits.cpuTime.map { "\($0 / .seconds(1))" } ?? "null"),
          "memory_bytes": \(limits.memoryBytes.map(String.init) ?? "null"),
          "output_bytes": \(limits.outputBytes),
          "grace_seconds": \(limits.grace / .seconds(1))
        }

        """
    }
}

/// The files that a model writes.
extension RunDirectory {
    /// Reads `result.json` and finds the artifacts.
    ///
    /// - Parameters:
    ///   - outputs: the required outputs, each a number or null. Other outputs are ignored.
    ///   - artifacts: names of the files to keep; missing ones are skipped.
    ///   - peakMemoryBytes: added to the result, as is `logTail`.
    /// - Throws: ``ModelFailure`` of kind ``ModelFailure/Kind/resultMissing`` or ``ModelFailure/Kind/resultInvalid``.
    package func result(
        outputs: [OutputDefinition], artifacts: [String], peakMemoryBytes: Int? = nil, logTail: String? = nil
    ) throws(ModelFailure) -> ModelResult {
        let bytes = try resultBytes()
        let file: ResultFile
        do {
            file = try ResultFile(bytes)
        } catch {
            throw invalid("\(error)")
        }
        return ModelResult(
            verdict: file.verdict, message: shortened(file.message, Self.maxMessageLength), iterations: file.iterations,
            outputs: try declared(outputs, in: file.outputs), artifacts: try kept(artifacts),
            peakMemoryBytes: peakMemoryBytes, logTail: logTail)
    }

    private func resultBytes() throws(ModelFailure) -> [UInt8] {
        do {
            return try SmallFile.read(path.appending(Self.resultFile), limit: Self.maxResultBytes)
        } catch .missing {
            throw ModelFailure(
                kind: .resultMissing,
                message: "the model exited with status 0 without a \(Self.resultFile) in its run directory")
        } catch {
            throw ModelFailure(kind: .resultInvalid, message: "the model's \(Self.resultFile) \(error)")
        }
    }

    private func declared(
        _ definitions: [OutputDefinition], in given: [String: Double?]
    ) throws(ModelFailure) -> [String: Double] {
        var values: [String: Double] = [:]
        for definition in definitions {
            guard let value = given[definition.name] else {
                let names = given.isEmpty ? "none" : given.keys.sorted().joined(separator: ", ")
                throw invalid(
                    "it lacks the declared output '\(definition.name)'; its outputs: \(shortened(names, 200)); write null for "
                        + "a number that a run does not have"
                )
            }
            values[definition.name] = value
        }
        return values
    }

    private func kept(_ names: [String]) throws(ModelFailure) -> [FilePath] {
        var files: [FilePath] = []
        for name in names {
            let file = path.appending(name)
            guard let status = SmallFile.status(of: file) else { continue }
            guard status.st_mode & S_IFMT == S_IFREG else {
                throw ModelFailure(
                    kind: .resultInvalid,
                    message:
                        "the model's artifact \(name) is \(SmallFile.name(ofMode: status.st_mode)), not a regular file"
                )
            }
            files.append(file)
        }
        return files
    }

    private func invalid(_ reason: String) -> ModelFailure {
        ModelFailure(kind: .resultInvalid, message: "the model's \(Self.resultFile) is not valid: \(reason)")
    }

    private func shortened(_ text: String, _ length: Int) -> String {
        text.count <= length ? text : text.prefix(length - 1) + "…"
    }
}

/// Names of the files that a run keeps.
enum ArtifactName {
    /// Whether `name` is a plain file name: at most 100 letters, digits, `.`, `_` and `-`, not beginning with `.` or `-`.
    static func isValid(_ name: String) -> Bool {
        guard let first = name.utf8.first, name.utf8.count <= 100 else { return false }
        return first != UInt8(ascii: ".") && first != UInt8(ascii: "-")
            && name.unicodeScalars.allSatisfy { scalar in
                scalar.isASCII
                    && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
                        || "._-".unicodeScalars.contains(scalar))
            }
    }

    /// Refuses a list with an invalid or a duplicate name.
    static func check(_ names: [String], ofModel model: String) throws(ModelFailure) {
        var seen: Set<String> = []
        for name in names {
            guard isValid(name) else {
                throw ModelFailure(
                    kind: .spawn,
                    message:
                        "invalid name '\(name)' among the files to keep of model '\(model)': expected letters, digits, "
                        + "'.', '_' and '-', beginning with a letter, a digit or '_'")
            }
            guard seen.insert(name).inserted else {
                throw ModelFailure(
                    kind: .spawn, message: "duplicate name '\(name)' among the files to keep of model '\(model)'")
            }
        }
    }
}
