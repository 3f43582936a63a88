package import ModelRunner

extension ModelDefinition {
    /// Finds the model's program and makes it ready to run.
    ///
    /// - Throws: `ModelFailure` where the program is missing or cannot be run.
    package func makeModel(in definition: ExplorationDefinition) throws -> any Model {
        switch adapter {
        case .columnModel:
            try ColumnModel()
        case .atmos(let configuration):
            try AtmosModel(configuration, baseFolder: definition.folder)
        case .command(let command):
            try CommandModel(
                name: command[0], command: command, baseFolder: definition.folder, outputs: outputs,
                artifacts: artifacts)
        case .synthetic(let region):
            try SyntheticModel(region: region)
        }
    }
}
