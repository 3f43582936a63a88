internal import SystemPackage

/// The files of a run that are kept.
enum AtmosArtifacts {
    /// Compresses those that the run has come to, into the run directory.
    ///
    /// - Returns: the compressed files.
    /// - Throws: ``ModelFailure`` of kind ``ModelFailure/Kind/resultInvalid``.
    static func collect(in directory: FilePath) throws(ModelFailure) -> [FilePath] {
        var files: [FilePath] = []
        for (name, places) in AtmosFiles.kept {
            guard let source = places.map({ directory.pushing(FilePath($0)) }).first(where: SmallFile.hasContent) else {
                continue
            }
            let file = directory.appending(name)
            do {
                try GzipFile.compress(source, to: file)
            } catch {
                throw ModelFailure(kind: .resultInvalid, message: "\(source) could not be compressed: \(error).")
            }
            files.append(file)
        }
        return files
    }
}
