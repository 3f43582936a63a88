extension RunLedger {
    /// Brings the database to the newest schema, under a lock, so that any number of programs may call it at once.
    ///
    /// - Returns: the version that the schema has now.
    /// - Throws: ``LedgerError`` with code `schemaTooNew`, naming both versions, when a newer program made the schema.
    @discardableResult
    public func migrate() async throws -> Int {
        try await change("migrate") { connection in
            try LedgerLock.hold(on: connection, configuration) {
                try Migrator(connection: connection, configuration: configuration).migrate()
            }
        }
    }

    /// Makes sure that the database has the schema that this library works with, and changes nothing.
    ///
    /// - Throws: ``LedgerError``: `notMigrated` for an older one, `schemaTooNew` for a newer one, naming both versions.
    public func checkSchema() async throws {
        try await read("checkSchema") { try Migrator(connection: $0, configuration: configuration).check() }
    }

    /// Registers an exploration and makes its table, unless both are there.
    ///
    /// An exploration that is registered already may come with another digest and definition, with other descriptions,
    /// and with more outputs at the end. Then the registry follows it, its table is changed while others read and
    /// write it, and ``definitions(of:)`` tells of both. Everything else contradicts what is stored.
    ///
    /// - Parameter check: called, under the lock, where the digest differs from the registered one's; throws where the
    ///   two definitions contradict each other in what their columns do not show.
    /// - Throws: ``LedgerError``: `contradiction`, showing each difference; `invalidName` for a name that cannot be a
    ///   table's or a column's, is there twice, or is the ledger's own. What `check` throws.
    @discardableResult
    public func register(
        _ schema: ExplorationSchema, check: @Sendable (RegisteredExploration) throws -> Void = { _ in }
    ) async throws -> Registration {
        try Self.check(schema)
        defer { forgetTables() }
        return try await change("register") { connection in
            let builder = try TableBuilder(schema) { connection.quoted($0) }
            return try LedgerLock.hold(on: connection, configuration) {
                try Self.register(schema, with: builder, check: check, on: connection)
            }
        }
    }

    /// All definitions that an exploration was registered with, oldest first; empty where there is none of that name.
    public func definitions(of exploration: String) async throws -> [RegisteredDefinition] {
        try await read("definitions") { try Registry(connection: $0).definitions(of: exploration) }
    }

    /// All registered explorations, by name.
    public func registered() async throws -> [RegisteredExploration] {
        try await read("registered") { try Registry(connection: $0).entries().map(\.exploration) }
    }

    /// Removes an exploration with all that the ledger knows of it: its runs, their attempts, its registration.
    ///
    /// - Important: Nothing of it can be brought back.
    /// - Throws: ``LedgerError`` with code `unknownExploration` where there is none of that name.
    public func drop(exploration name: String) async throws {
        try await change("drop") { connection in
            try LedgerLock.hold(on: connection, configuration) {
                let registry = Registry(connection: connection)
                guard let entry = try registry.entry(named: name) else {
                    throw LedgerError(
                        .unknownExploration, "No exploration called “\(name)” is registered at \(configuration).")
                }
                let table = try RunTable(id: entry.id, entry.exploration)
                try ViewMaker.drop(of: table, on: connection)
                try connection.execute("DROP TABLE IF EXISTS \(table.name)")
                // In parts: one deletion of everything would be one huge transaction.
                let delete = try connection.prepared("DELETE FROM attempts WHERE exploration_id = ? LIMIT 10000")
                while try delete.execute([.integer(entry.id)]) > 0 {}
                try registry.remove(name)
            }
        }
        forgetTables()
    }

    private static func check(_ schema: ExplorationSchema) throws {
        guard !schema.name.isEmpty, schema.name.unicodeScalars.count <= Identifier.longest else {
            throw LedgerError(
                .invalidName,
                "An exploration's name has 1 to \(Identifier.longest) characters; this one has"
                    + " \(schema.name.unicodeScalars.count).")
        }
        guard schema.digest.unicodeScalars.count <= TextLimit.digest else {
            throw LedgerError(
                .invalidRecord, "The digest of “\(schema.name)” is longer than \(TextLimit.digest) characters.")
        }
        guard (schema.parameters + schema.outputs).allSatisfy({ $0.unit.unicodeScalars.count <= TextLimit.name }),
            (schema.parameters + schema.outputs).allSatisfy({ $0.description.unicodeScalars.count <= TextLimit.message }
            )
        else {
            throw LedgerError(.invalidRecord, "A unit or a description of “\(schema.name)” is too long.")
        }
    }

    /// The registration is committed before the table is made: where it ends in between, the next one finds a
    /// registration without a table, and makes it.
    private static func register(
        _ schema: ExplorationSchema, with builder: TableBuilder, check: (RegisteredExploration) throws -> Void,
        on connection: MariaDBConnection
    ) throws -> Registration {
        let registry = Registry(connection: connection)
        if let other = try registry.entry(ofTable: schema.table), other.exploration.name != schema.name {
            throw LedgerError(
                .contradiction,
                "The table “\(schema.table)” belongs to the exploration “\(other.exploration.name)”: give"
                    + " “\(schema.name)” another one.")
        }
        let hasTable = try registry.hasTable(schema.table)
        guard let known = try registry.entry(named: schema.name) else {
            guard !hasTable else {
                throw LedgerError(
                    .contradiction,
                    "The database has a table “\(schema.table)” that no exploration is registered for: rename it, or"
                        + " give “\(schema.name)” another one.")
            }
            try connection.transaction { try registry.insert(schema) }
            try connection.execute(builder.create)
            return .created
        }
        let registered = known.exploration.schema
        if registered.digest != schema.digest { try check(known.exploration) }
        let contradictions = SchemaDifference.contradictions(registered: registered, wanted: schema)
        guard contradictions.isEmpty else {
            throw LedgerError(
                .contradiction,
                "The exploration “\(schema.name)” is registered with other columns. Give it another name and table, or"
                    + " drop the registered one.\n" + contradictions.map(\.description).joined(separator: "\n"))
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

    /// Brings the table to the definition, while others read and write it. What is there already, as after an
    /// interruption, is left.
    private static func evolve(
        from registered: ExplorationSchema, with builder: TableBuilder, columns: Set<String>,
        on connection: MariaDBConnection
    ) throws {
        let known = Set(registered.parameters + registered.outputs)
        for change in builder.changes(columns: columns, unchanged: known) {
            do {
                try connection.execute("\(change), ALGORITHM = INSTANT")
            } catch let error as MariaDBError where error.isUnsupportedAlteration {
                // Rebuilds the table, but lets others read and write it meanwhile.
                try connection.execute("\(change), ALGORITHM = INPLACE, LOCK = NONE")
            }
        }
    }
}
