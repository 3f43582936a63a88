internal import FoundationEssentials
internal import Glibc
internal import SystemPackage

/// What a model leaves.
extension RunDirectory {
    /// `result.json` as it is written.
    private struct ResultFile: Decodable {
        var verdict: String
        var message: String?
        var iterations: Int?
        var outputs: [String: Double?]?
    }

    /// Reads `result.json` and finds the artifacts.
    ///
    /// - Parameters:
    ///   - outputs: the outputs that must be there, as a number or as null. Others are ignored.
    ///   - artifacts: names of the files to keep; those that are not there are left out.
    ///   - peakMemoryBytes: passed through.
    /// - Throws: ``ModelFailure`` of kind ``ModelFailure/Kind/resultMissing`` or ``ModelFailure/Kind/resultInvalid``.
    package func result(
        outputs: [OutputDefinition], artifacts: [String], peakMemoryBytes: Int? = nil
    ) throws(ModelFailure) -> ModelResult {
        let file = try decode(try resultBytes())
        guard let verdict = ModelVerdict(rawValue: file.verdict) else {
            let words = ModelVerdict.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: " or ")
            throw invalid("its verdict is \(InputText.quoted(shortened(file.verdict, 40))); it must be \(words)")
        }
        if let iterations = file.iterations, iterations < 0 { throw invalid("its iterations are negative") }
        return ModelResult(
            verdict: verdict, message: shortened(file.message ?? "", Self.messageLength), iterations: file.iterations,
            outputs: try declared(outputs, in: file.outputs ?? [:]), artifacts: try kept(artifacts),
            peakMemoryBytes: peakMemoryBytes)
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

    private func decode(_ bytes: [UInt8]) throws(ModelFailure) -> ResultFile {
        do {
            return try JSONDecoder().decode(ResultFile.self, from: Data(bytes))
        } catch {
            throw invalid(DecodingProblem.sentence(for: error))
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
