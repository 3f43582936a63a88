/// Credentials that run out, and how long they are good for.
package struct Expiring<Value: Sendable>: Sendable {
    package let value: Value
    /// From when they were had; nil for ever.
    package let lifetime: Duration?

    package init(value: Value, lifetime: Duration?) {
        self.value = value
        self.lifetime = lifetime
    }
}

/// Credentials that are had anew before they run out, or once a server takes them for expired.
///
/// However many tasks ask, they are fetched once at a time. When that fails while the old ones are still good, those do.
package actor RefreshingSecret<Value: Sendable> {
    /// Credentials, and which ones they are.
    package struct Current: Sendable {
        package let value: Value
        package let generation: Int
    }

    private struct Held {
        let current: Current
        let renewAt: ContinuousClock.Instant?
        let endsAt: ContinuousClock.Instant?
    }

    private let load: @Sendable () async throws -> Expiring<Value>
    private var held: Held?
    private var generation = 0
    private var loading: Task<Held, any Error>?

    /// - Parameter load: has new ones.
    package init(load: @escaping @Sendable () async throws -> Expiring<Value>) {
        self.load = load
    }

    /// Credentials that are good for some minutes more, where any are.
    package func current() async throws -> Current {
        if let held, held.renewAt.map({ ContinuousClock.now < $0 }) ?? true { return held.current }
        do {
            return try await renew().current
        } catch {
            if let held, let end = held.endsAt, ContinuousClock.now < end { return held.current }
            throw error
        }
    }

    /// Has ones other than those of a generation, which a server refused as expired, the next time.
    package func invalidate(_ generation: Int) {
        if held?.current.generation == generation { held = nil }
    }

    private func renew() async throws -> Held {
        if let loading { return try await loading.value }
        generation += 1
        let (generation, load) = (generation, load)
        // Not the child of whoever asks first, since all that ask meanwhile wait for it; owned by this actor.
        let task = Task {
            let new = try await load()
            let now = ContinuousClock.now
            return Held(
                current: Current(value: new.value, generation: generation),
                renewAt: new.lifetime.map { now.advanced(by: $0 - min(.seconds(300), $0 / 2)) },
                endsAt: new.lifetime.map { now.advanced(by: $0) })
        }
        loading = task
        defer { loading = nil }
        let new = try await task.value
        held = new
        return new
    }
}
