internal import Logging

/// The sessions that only read, so that no reader waits behind a writer. Each is made at its first use.
actor ReaderPool {
    private let sessions: [LedgerSession]
    private var underWay: [Int]

    /// Enough that a short look does not wait for a long one.
    private static let size = 2

    init(_ configuration: LedgerConfiguration, logger: Logger) {
        sessions = (0..<Self.size).map { _ in LedgerSession(configuration, logger: logger) }
        underWay = Array(repeating: 0, count: Self.size)
    }

    /// Runs `body` on the session that has the least to do; see ``LedgerSession/perform(_:_:)``.
    func perform<Result: Sendable>(
        _ operation: String, _ body: @Sendable (MariaDBConnection) throws -> Result
    ) async throws -> Result {
        let least = underWay.indices.min { underWay[$0] < underWay[$1] } ?? 0
        underWay[least] += 1
        defer { underWay[least] -= 1 }
        return try await sessions[least].perform(operation, body).result
    }

    func close() async {
        for session in sessions { await session.close() }
    }
}
