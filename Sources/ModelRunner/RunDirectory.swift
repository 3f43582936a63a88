internal import Glibc
internal import Support
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

/// The texts of the files that a model reads.
extension RunDirectory {
    /// Refuses what could not be written as JSON and as a namelist alike.
    static func check(_ input: ModelInput) throws(ModelFailure) {
        for value in input.values {
            guard InputText.isName(value.name) else {
                throw ModelFailure(
                    kind: .spawn,
                    message: "The parameter name '\(value.name)' cannot be given to a model: "
                        + "a name is a letter, then letters, digits and underscores, at most 63 in all.")
            }
            guard InputText.isNumber(value.value) else {
                throw ModelFailure(
                    kind: .spawn,
                    message: "The value '\(value.value)' of \(value.name) cannot be given to a model: "
                        + "it is not a decimal number such as 0.21 or 1.63e-6.")
            }
        }
        // Fortran's names have no case, so two that differ in case alone would be one variable there.
        var seen: Set<String> = []
        for value in input.values where !seen.insert(value.name.lowercased()).inserted {
            throw ModelFailure(
                kind: .spawn,
                message:
                    "The parameter name '\(value.name)' is given twice; a Fortran namelist knows no upper and lower case."
            )
        }
    }

    /// `point.json`: the numbers have the digits of the exact decimals.
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

    /// `point.nml`: one variable a line. The newline after the slash is not decoration: gfortran needs it when it reads
    /// a namelist from standard input.
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

/// What a model leaves.
extension RunDirectory {
    /// Reads `result.json` and finds the artifacts.
    ///
    /// - Parameters:
    ///   - outputs: the outputs that must be there, as a number or as null. Others are ignored.
    ///   - artifacts: names of the files to keep; those that are not there are left out.
    ///   - peakMemoryBytes: passed through, as is `logTail`.
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
            verdict: file.verdict, message: shortened(file.message, Self.messageLength), iterations: file.iterations,
            outputs: try declared(outputs, in: file.outputs), artifacts: try kept(artifacts),
            peakMemoryBytes: peakMemoryBytes, logTail: logTail)
    }

    private func resultBytes() throws(ModelFailure) -> [UInt8] {
        do {
            return try SmallFile.read(path.appending(Self.resultFile), limit: Self.resultByteLimit)
        } catch .missing {
            throw ModelFailure(
                kind: .resultMissing,
                message: "The model exited with status 0, but left no \(Self.resultFile) in its run directory.")
        } catch {
            throw ModelFailure(kind: .resultInvalid, message: "The model's \(Self.resultFile) \(error).")
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
                    "it has no output \(definition.name), which is declared; "
                        + "the outputs that it has: \(shortened(names, 200)). Write null for a number that a run does not have"
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
                        "The model's artifact \(name) is \(SmallFile.name(ofMode: status.st_mode)), not a regular file."
                )
            }
            files.append(file)
        }
        return files
    }

    private func invalid(_ reason: String) -> ModelFailure {
        ModelFailure(kind: .resultInvalid, message: "The model's \(Self.resultFile) is not valid: \(reason).")
    }

    private func shortened(_ text: String, _ length: Int) -> String {
        text.count <= length ? text : text.prefix(length - 1) + "…"
    }
}

/// Names of files that a run keeps.
enum ArtifactName {
    /// Whether `name` is a plain file name: letters, digits, `.`, `_` and `-`, not beginning with `.` or `-`, at most 100.
    static func isValid(_ name: String) -> Bool {
        guard let first = name.utf8.first, name.utf8.count <= 100 else { return false }
        return first != UInt8(ascii: ".") && first != UInt8(ascii: "-")
            && name.unicodeScalars.allSatisfy { scalar in
                scalar.isASCII
                    && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
                        || "._-".unicodeScalars.contains(scalar))
            }
    }

    /// Refuses a list with a name that is not one, or with the same name twice.
    static func check(_ names: [String], ofModel model: String) throws(ModelFailure) {
        var seen: Set<String> = []
        for name in names {
            guard isValid(name) else {
                throw ModelFailure(
                    kind: .spawn,
                    message:
                        "Model '\(model)' lists '\(name)' among the files to keep, which is not a plain file name: "
                        + "letters, digits, '.', '_' and '-' make one, and it begins with a letter, a digit or '_'.")
            }
            guard seen.insert(name).inserted else {
                throw ModelFailure(kind: .spawn, message: "Model '\(model)' lists the file '\(name)' twice.")
            }
        }
    }
}
