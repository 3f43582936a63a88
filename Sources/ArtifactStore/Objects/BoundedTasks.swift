/// Does something for every element, several at a time.
enum BoundedTasks {
    /// - Parameter limit: how many at a time.
    /// - Throws: the first error; the others are cancelled then, and have ended when this returns.
    static func forEach<Element: Sendable>(
        _ elements: [Element], limit: Int, _ body: @escaping @Sendable (Element) async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, element) in elements.enumerated() {
                if index >= limit { try await group.next() }
                group.addTask { try await body(element) }
            }
            try await group.waitForAll()
        }
    }

    /// Does something to its end even if the task is cancelled meanwhile, or was before: for tidying up.
    static func shielded(_ body: @escaping @Sendable () async -> Void) async {
        // Not structured, since cancellation must not reach it; owned all the same: it has ended when this returns.
        await Task { await body() }.value
    }
}
