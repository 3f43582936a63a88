internal import Glibc
internal import SystemPackage

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
