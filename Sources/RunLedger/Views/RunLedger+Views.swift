internal import Logging

extension RunLedger {
    /// Makes the views of an exploration (``LedgerView``), or makes them anew where its table has changed.
    ///
    /// The ledger works without them: where the user may not make views, or where a table has a view's name, a warning is
    /// logged.
    /// - Parameters:
    ///   - table: the exploration's table.
    ///   - axes: the parameters that the search moves along, which tell what a frontier is.
    /// - Throws: ``LedgerError``: `unknownExploration`; `invalidName` for an axis that is no parameter.
    public func makeViews(of table: String, axes: [String]) async throws {
        try await change("makeViews", for: table) { connection, runs in
            for axis in axes where !runs.parameters.contains(where: { $0.text == axis }) {
                throw LedgerError(
                    .invalidName, "“\(axis)” cannot be an axis of “\(table)”: it is none of its parameters.")
            }
            let statements = ViewStatements(table: runs, axes: axes.map { Identifier(checked: $0) })
            try LedgerLock.hold(on: connection, configuration) {
                try ViewMaker(connection: connection, statements: statements, logger: logger).make()
            }
        }
    }
}

/// Makes views, and remembers what they were made of: making a view anew has to wait for everybody who reads it.
struct ViewMaker {
    let connection: MariaDBConnection
    let statements: ViewStatements
    let logger: Logger

    /// The caller holds the ledger's lock.
    func make() throws {
        let tables = try Self.kinds(on: connection)
        for view in LedgerView.allCases {
            guard let select = statements.select(view), let name = view.name(of: statements.table.name.text) else {
                continue
            }
            guard tables[name] != .table else {
                logger.warning("A view is left out, since a table has its name", metadata: ["name": "\(name)"])
                continue
            }
            do {
                try make(Identifier(checked: name), select, isThere: tables[name] == .view)
            } catch let error as MariaDBError where error.isMissingRight {
                logger.warning(
                    "The ledger's user may not make views, so there are none: grant CREATE VIEW to have them",
                    metadata: ["reason": "\(error.message)"])
                return
            }
        }
    }

    private func make(_ name: Identifier, _ select: SQL, isThere: Bool) throws {
        let known = try connection.prepared("SELECT definition FROM ledger_views WHERE name = ?")
            .rows([.text(name.text)])
        if isThere, known.first?.first?.textValue == select.text { return }
        // Whoever reads the view does so with rights of their own, and it outlives the user who made it.
        try connection.execute("CREATE OR REPLACE SQL SECURITY INVOKER VIEW \(name) AS \(select)")
        try connection.prepared("REPLACE INTO ledger_views VALUES (?, ?)")
            .execute([.text(name.text), .text(select.text)])
    }

    /// Drops the views of a table that is about to be dropped.
    static func drop(of table: RunTable, on connection: MariaDBConnection) throws {
        let tables = try kinds(on: connection)
        for view in LedgerView.allCases {
            guard let name = view.name(of: table.name.text), tables[name] == .view else { continue }
            try connection.execute("DROP VIEW IF EXISTS \(Identifier(checked: name))")
            try connection.prepared("DELETE FROM ledger_views WHERE name = ?").execute([.text(name)])
        }
    }

    private enum Kind {
        case table, view
    }

    private static func kinds(on connection: MariaDBConnection) throws -> [String: Kind] {
        let rows = try connection.prepared(
            "SELECT table_name, table_type FROM information_schema.tables WHERE table_schema = DATABASE()"
        ).rows()
        let named = rows.compactMap { row in
            row[0].textValue.map { ($0, row[1].textValue == "VIEW" ? Kind.view : .table) }
        }
        return Dictionary(named) { first, _ in first }
    }
}
