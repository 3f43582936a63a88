extension RunLedger {
    /// Migrates the database to the current schema, under a lock, so that any number of programs may call it at once.
    ///
    /// - Returns: the schema's version.
    /// - Throws: ``LedgerError`` with code `schemaTooNew`, naming both versions, if a newer program made the schema.
    @discardableResult
    public func migrate() async throws -> Int {
        try await write("migrate") { connection in
            try LedgerLock.withLock(on: connection, configuration) {
                try Migrator(connection: connection, configuration: configuration).migrate()
            }
        }
    }

    /// Checks that the database has the schema that this library works with. Changes nothing.
    ///
    /// - Throws: ``LedgerError``: `notMigrated` for an older one, `schemaTooNew` for a newer one, naming both versions.
    public func checkSchema() async throws {
        try await read("checkSchema") { try Migrator(connection: $0, configuration: configuration).check() }
    }

    /// Registers an exploration and creates its table, unless both exist.
    ///
    /// A registered exploration may be registered again with another digest and definition, with other descriptions,
    /// and with more outputs at the end. Then the registry is updated, its table is altered while others read and write
    /// it, and ``definitions(of:)`` returns both. Everything else conflicts with what is stored.
    ///
    /// - Parameter check: called under the lock if the digest differs from the registered one; throws if the
    ///   definitions conflict in something that is not visible in their columns.
    /// - Throws: ``LedgerError``: `schemaConflict`, showing each difference; `invalidName` for a name that cannot be a
    ///   table's or a column's, is repeated, or is used by the ledger. The error of `check`.
    @discardableResult
    public func register(
        _ schema: ExplorationSchema, check: @Sendable (RegisteredExploration) throws -> Void = { _ in }
    ) async throws -> Registration {
        try Self.check(schema)
        defer { forgetTables() }
        return try await write("register") { connection in
            let builder = try TableBuilder(schema) { connection.quoted($0) }
            return try LedgerLock.withLock(on: connection, configuration) {
                try Self.register(schema, with: builder, check: check, on: connection)
            }
        }
    }

    /// Returns all definitions that an exploration was registered with, oldest first; empty if it is unknown.
    public func definitions(of exploration: String) async throws -> [RegisteredDefinition] {
        try await read("definitions") { try Registry(connection: $0).definitions(of: exploration) }
    }

    /// Returns all registered explorations, sorted by name.
    public func registered() async throws -> [RegisteredExploration] {
        try await read("registered") { try Registry(connection: $0).entries().map(\.exploration) }
    }

    /// Removes an exploration with everything that the ledger holds of it: its runs, their attempts, its registration.
    ///
    /// - Important: This cannot be undone.
    /// - Throws: ``LedgerError`` with code `unknownExploration`.
    public func drop(exploration name: String) async throws {
        try await write("drop") { connection in
            try LedgerLock.withLock(on: connection, configuration) {
                let registry = Registry(connection: connection)
                guard let entry = try registry.entry(named: name) else {
                    throw LedgerError(
                        .unknownExploration, "no exploration '\(name)' is registered at \(configuration)")
                }
                let table = try RunTable(id: entry.id, entry.exploration)
                try ViewMaker.drop(of: table, on: connection)
                try connection.execute("DROP TABLE IF EXISTS \(table.name)")
                // In parts: a single deletion of everything would be one huge transaction.
                let delete = try connection.prepared("DELETE FROM attempts WHERE exploration_id = ? LIMIT 10000")
                while try delete.execute([.integer(entry.id)]) > 0 {}
                try registry.remove(name)
            }
        }
        forgetTables()
    }

    private static func check(_ schema: ExplorationSchema) throws {
        guard !schema.name.isEmpty, schema.name.unicodeScalars.count <= Identifier.maxLength else {
            throw LedgerError(
                .invalidName,
                "an exploration's name has 1 to \(Identifier.maxLength) characters; this one has"
                    + " \(schema.name.unicodeScalars.count)")
        }
        guard schema.digest.unicodeScalars.count <= TextLimit.digest else {
            throw LedgerError(
                .invalidRecord, "the digest of '\(schema.name)' is longer than \(TextLimit.digest) characters")
        }
        guard (schema.parameters + schema.outputs).allSatisfy({ $0.unit.unicodeScalars.count <= TextLimit.name }),
            (schema.parameters + schema.outputs).allSatisfy({ $0.description.unicodeScalars.count <= TextLimit.message }
            )
        else {
            throw LedgerError(.invalidRecord, "a unit or a description of '\(schema.name)' is too long")
        }
    }

    /// Commits the registration before it creates the table: after an interruption in between, the next registration
    /// finds one without a table, and creates it.
    private static func register(
        _ schema: ExplorationSchema, with builder: TableBuilder, check: (RegisteredExploration) throws -> Void,
        on connection: MariaDBConnection
    ) throws -> Registration {
        let registry = Registry(connection: connection)
        if let other = try registry.entry(ofTable: schema.table), other.exploration.name != schema.name {
            throw LedgerError(
                .schemaConflict,
                "the table '\(schema.table)' belongs to the exploration '\(other.exploration.name)': use another one"
                    + " for '\(schema.name)'")
        }
        let hasTable = try registry.hasTable(schema.table)
        guard let known = try registry.entry(named: schema.name) else {
            guard !hasTable else {
                throw LedgerError(
                    .schemaConflict,
                    "the database has a table '\(schema.table)' that is not registered for any exploration: rename it,"
                        + " or use another one for '\(schema.name)'")
            }
            try connection.transaction { try registry.insert(schema) }
            try connection.execute(builder.create)
            return .created
        }
        let registered = known.exploration.schema
        if registered.digest != schema.digest { try check(known.exploration) }
        let conflicts = SchemaDifference.conflicts(registered: registered, wanted: schema)
        guard conflicts.isEmpty else {
            throw LedgerError(
                .schemaConflict,
                "the exploration '\(schema.name)' is registered with other columns; use another name and table, or drop"
                    + " the registered one:\n" + conflicts.map(\.description).joined(separator: "\n"))
        }
        if hasTable {
            try RetiredKey.drop(from: builder.table, on: connection)
            if registered != schema {
                let columns = try registry.columns(ofTable: schema.table)
                try evolve(from: registered, with: builder, columns: columns, on: connection)
            }
        } else {
            try connection.execute(builder.create)
        }
        guard registered != schema else { return .unchanged }
        try connection.transaction { try registry.update(schema) }
        return .changed(from: registered)
    }

    /// Alters the table to match the definition, while others read and write it. Skips changes that are already made,
    /// for instance before an interruption.
    private static func evolve(
        from registered: ExplorationSchema, with builder: TableBuilder, columns: Set<String>,
        on connection: MariaDBConnection
    ) throws {
        let known = Set(registered.parameters + registered.outputs)
        for change in builder.changes(columns: columns, unchanged: known) {
            do {
                try connection.execute("\(change), ALGORITHM = INSTANT")
            } catch let error as MariaDBError where error.isUnsupportedAlteration {
                // Rebuilds the table, but lets others read and write it during that time.
                try connection.execute("\(change), ALGORITHM = INPLACE, LOCK = NONE")
            }
        }
    }
}
