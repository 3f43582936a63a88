package import ArgumentParser
package import ExplorationFile
package import RunLedger
internal import Support

/// The exploration that a command is about, by its name or its YAML file.
package struct ExplorationOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Choose the exploration by its name or its YAML file (default: the only one there is).",
            valueName: "name|file"))
    package var exploration: String?

    package init() {}

    /// - Parameter choice: a name or a YAML file; `nil` for the only exploration there is.
    package init(_ choice: String?) {
        self.init()
        exploration = choice
    }

    /// Takes a positional argument, which some commands accept in place of the option.
    ///
    /// - Throws: `ValidationError` if both are given.
    package func or(_ argument: String?) throws -> ExplorationOption {
        guard let argument else { return self }
        guard exploration == nil else {
            throw ValidationError("give the exploration once: either '\(argument)' or --exploration")
        }
        return ExplorationOption(argument)
    }

    /// The YAML file, if the option names a file. A name contains neither a dot nor a slash.
    package var file: String? {
        exploration.flatMap { $0.contains { $0 == "." || $0 == "/" } ? $0 : nil }
    }

    /// Reads the YAML file; `nil` if the option does not name one.
    ///
    /// - Throws: ``DefinitionError``.
    package func definition() throws -> ExplorationDefinition? {
        try file.map { try DefinitionReader.read(file: $0) }
    }

    /// The exploration's name; `nil` for the only one there is.
    ///
    /// - Throws: ``DefinitionError`` for a file that cannot be read.
    package func name() throws -> String? {
        try definition()?.name ?? exploration
    }

    /// Chooses among the explorations of a ledger.
    ///
    /// - Throws: ``SettingError`` that lists the explorations; ``DefinitionError`` for a file that cannot be read.
    package func choose(from registered: [RegisteredExploration]) throws -> RegisteredExploration {
        let names = registered.map(\.name).joined(separator: ", ")
        guard let first = registered.first else {
            throw SettingError(description: "the ledger has no exploration yet")
        }
        if let name = try name() {
            guard let found = registered.first(where: { $0.name == name }) else {
                throw SettingError(description: "the ledger has no exploration '\(name)'; it has \(names)")
            }
            return found
        }
        guard registered.count == 1 else {
            throw SettingError(
                description: "the ledger has several explorations; choose one with --exploration: \(names)")
        }
        return first
    }
}

extension RegisteredExploration {
    /// Reads the definition from the ledger's copy of its file.
    ///
    /// - Throws: ``DefinitionError`` if this version of the program cannot read it.
    package func readDefinition() throws -> ExplorationDefinition {
        try DefinitionReader.read(text: definition, file: "the ledger's copy of \(name)")
    }
}

/// The YAML file of the exploration that a role works for.
package struct ExplorationFileArgument: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "The exploration's YAML file (default: \(EnvironmentNames.exploration)).",
            discussion: "See config/explorations/ for examples."))
    package var file: String?

    package init() {}

    /// - Throws: ``SettingError`` or ``DefinitionError``.
    package func definition() throws -> ExplorationDefinition {
        let file = try EnvironmentSetting.required(
            flag: file, flagName: "a file", variable: EnvironmentNames.exploration, meaning: "the exploration's file")
        return try DefinitionReader.read(file: file)
    }
}

/// The YAML files of the explorations that a worker works for.
package struct ExplorationFilesArgument: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "The explorations' YAML files (default: the file that \(EnvironmentNames.exploration) names).",
            discussion: "See config/explorations/ for examples."))
    package var files: [String] = []

    package init() {}

    /// The definitions, at least one, whose names differ.
    ///
    /// - Throws: ``SettingError`` or ``DefinitionError``.
    package func definitions() throws -> [ExplorationDefinition] {
        guard files.count > 1 else {
            var argument = ExplorationFileArgument()
            argument.file = files.first
            return [try argument.definition()]
        }
        let definitions = try files.map { try DefinitionReader.read(file: $0) }
        for (index, definition) in definitions.enumerated() {
            if let earlier = definitions[..<index].firstIndex(where: { $0.name == definition.name }) {
                throw SettingError(
                    description: "\(files[earlier]) and \(files[index]) have the same name, '\(definition.name)'; "
                        + "give each exploration once")
            }
        }
        return definitions
    }
}
