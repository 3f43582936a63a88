/// A limit on how long something may take.
package enum TimeLimit {
    /// Does some work; when it takes too long it is cancelled.
    ///
    /// - Throws: what the work throws, or `late` once the time is over.
    package static func run<Value: Sendable>(
        _ limit: Duration, late: KubernetesError, _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Value.self) { group in
            group.addTask { try await work() }
            group.addTask {
                try await Task.sleep(for: limit)
                throw late
            }
            defer { group.cancelAll() }
            return try await group.next()!
        }
    }
}
