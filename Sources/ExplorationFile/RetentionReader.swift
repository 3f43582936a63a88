internal import ArtifactStore
internal import ModelRunner

/// Reads the `artifacts` of a definition: which runs' files are kept, and which of them neighbours start from.
struct RetentionReader {
    /// Nil where it could not be read; what depends on it is not checked then.
    let model: ModelDefinition?

    /// Everything is kept where the definition does not say.
    func retention(of root: DefinitionSection) -> ArtifactRetention? {
        guard root.has("artifacts") else { return .all }
        guard let section = root.section("artifacts", title: "artifacts", keys: ["keep", "warm_start_files"]) else {
            return nil
        }
        let rule = section.word("keep", ArtifactRetention.Rule.self) ?? .all
        if section.has("warm_start_files"), rule != .warmStarts {
            section.report("artifacts: 'warm_start_files' only goes with 'keep: warm_starts'", at: "warm_start_files")
        }
        switch rule {
        case .all: return .all
        case .failures: return .failures
        case .warmStarts: return warmStarts(section)
        }
    }

    private func warmStarts(_ section: DefinitionSection) -> ArtifactRetention? {
        let names: [String]
        if section.has("warm_start_files") {
            guard let listed = section.strings("warm_start_files") else { return nil }
            names = listed
        } else {
            names =
                switch model?.adapter {
                case .columnModel: ColumnModel.warmStartFiles
                case .atmos: VPLAtmosModel.warmStartFiles
                default: []
                }
        }
        if names.isEmpty {
            section.report("artifacts: 'keep: warm_starts' needs 'warm_start_files', the files that a run starts from")
        }
        for name in names where model?.artifacts.contains(name) == false {
            section.report("artifacts: the model keeps no file '\(name)'", at: "warm_start_files")
        }
        return .warmStarts(files: names)
    }
}
