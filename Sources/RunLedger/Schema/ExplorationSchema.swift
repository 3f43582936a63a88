/// The part of an exploration's definition that the ledger needs to store its runs.
public struct ExplorationSchema: Sendable, Hashable {
    /// A parameter or an output: a column of the exploration's table.
    public struct Column: Sendable, Hashable {
        /// An identifier: ASCII letters, digits and underscores.
        public var name: String
        /// The unit, such as `K`; empty for a pure number.
        public var unit: String
        /// A short description.
        public var description: String

        /// Creates a column called `name`.
        public init(name: String, unit: String = "", description: String = "") {
            self.name = name
            self.unit = unit
            self.description = description
        }
    }

    /// The exploration's name, such as `habitable-zone`.
    public var name: String
    /// The table of its runs, such as `habitable_zone`.
    public var table: String
    /// The parameters in their declared order.
    public var parameters: [Column]
    /// The model's outputs in their declared order.
    public var outputs: [Column]
    /// Identifies the definition, up to 128 characters.
    public var digest: String
    /// The text of the definition, kept for readers and for later versions of the program.
    public var definition: String

    /// Creates the schema of an exploration whose runs are stored in `table`.
    public init(
        name: String, table: String, parameters: [Column], outputs: [Column], digest: String, definition: String
    ) {
        self.name = name
        self.table = table
        self.parameters = parameters
        self.outputs = outputs
        self.digest = digest
        self.definition = definition
    }
}

/// One of the definitions that an exploration was registered with.
public struct RegisteredDefinition: Sendable, Hashable {
    /// Counts from 1; the highest is in force.
    public let version: Int
    /// Attempts refer to their worker's definition by it.
    public let digest: String
    /// The text of the definition.
    public let definition: String
    /// Microseconds since 1970 UTC.
    public let registeredAt: Int64
}

/// The result of registering an exploration.
public enum Registration: Sendable, Hashable {
    /// The exploration is new.
    case created
    /// It was registered with the same definition.
    case unchanged
    /// It was registered with another definition, which was replaced.
    case changed(from: ExplorationSchema)
}

/// An exploration in the ledger's registry.
public struct RegisteredExploration: Sendable, Hashable {
    /// Its name, table, columns and definition, as last registered.
    public let schema: ExplorationSchema
    /// The time of its first registration, in microseconds since 1970 UTC.
    public let createdAt: Int64

    /// Its name.
    public var name: String { schema.name }
    /// The table of its runs.
    public var table: String { schema.table }
    /// The digest of its definition, as last registered.
    public var digest: String { schema.digest }
    /// Its definition, as last registered.
    public var definition: String { schema.definition }
    /// Its parameters in their declared order.
    public var parameters: [ExplorationSchema.Column] { schema.parameters }
    /// Its model's outputs in their declared order.
    public var outputs: [ExplorationSchema.Column] { schema.outputs }
}
