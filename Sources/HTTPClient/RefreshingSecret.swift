/// Credentials and their lifetime.
package struct Expiring<Value: Sendable>: Sendable {
    package let value: Value
    /// From the moment of loading; `nil` if they do not expire.
    package let lifetime: Duration?

    package init(value: Value, lifetime: Duration?) {
        self.value = value
        self.lifetime = lifetime
    }
}

/// Caches credentials; refreshes them before they expire or when a server rejects them.
///
/// Concurrent callers share one refresh. If a refresh fails while the old credentials are still valid, those are used.
package actor RefreshingSecret<Value: Sendable> {
    /// Credentials with the number of their refresh.
    package struct Current: Sendable {
        package let value: Value
        package let generation: Int
    }

    private struct Cached {
        let current: Current
        let refreshAt: ContinuousClock.Instant?
        let expiresAt: ContinuousClock.Instant?
    }

    private let load: @Sendable () async throws -> Expiring<Value>
    private var cached: Cached?
    private var generation = 0
    private var loading: Task<Cached, any Error>?

    /// - Parameter load: loads new credentials.
    package init(load: @escaping @Sendable () async throws -> Expiring<Value>) {
        self.load = load
    }

    /// Returns credentials, preferably ones that remain valid for some minutes.
    package func current() async throws -> Current {
        if let cached, cached.refreshAt.map({ ContinuousClock.now < $0 }) ?? true { return cached.current }
        do {
            return try await refresh().current
        } catch {
            if let cached, let end = cached.expiresAt, ContinuousClock.now < end { return cached.current }
            throw error
        }
    }

    /// Drops the credentials of this generation, which a server rejected as expired.
    package func invalidate(_ generation: Int) {
        if cached?.current.generation == generation { cached = nil }
    }

    private func refresh() async throws -> Cached {
        if let loading { return try await loading.value }
        generation += 1
        let (generation, load) = (generation, load)
        // Unstructured, because several callers wait for it; owned by this actor.
        let task = Task {
            let new = try await load()
            let now = ContinuousClock.now
            return Cached(
                current: Current(value: new.value, generation: generation),
                refreshAt: new.lifetime.map { now.advanced(by: $0 - min(.seconds(300), $0 / 2)) },
                expiresAt: new.lifetime.map { now.advanced(by: $0) })
        }
        loading = task
        defer { loading = nil }
        let new = try await task.value
        cached = new
        return new
    }
}
