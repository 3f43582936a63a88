internal import RedisClient
internal import Synchronization

/// The queues that were passed when connecting.
struct QueueRegistry: Sendable {
    let all: [QueueHandle]
    private let byName: [QueueName: QueueHandle]

    init(_ configurations: [QueueConfiguration], namespace: NamespaceKeys, consumer: String) throws {
        all = configurations.map { QueueHandle($0, namespace: namespace, consumer: consumer) }
        byName = Dictionary(all.map { ($0.configuration.name, $0) }) { first, _ in first }
        guard byName.count == all.count else {
            throw LeaseQueueError(
                .invalidArgument,
                "a queue is named twice: \(configurations.map { "'\($0.name)'" }.joined(separator: ", "))")
        }
        for configuration in configurations {
            try configuration.validate()
            if let notice = configuration.deadLetterNotice { _ = try handle(for: notice) }
        }
    }

    func handle(for name: QueueName) throws -> QueueHandle {
        guard let handle = byName[name] else {
            throw LeaseQueueError(.unknownQueue, "unknown queue '\(name)'; name it when connecting")
        }
        return handle
    }
}

/// One queue of a connection: its configuration, its keys, and the keys of its script calls, encoded once.
struct QueueHandle: Sendable {
    let configuration: QueueConfiguration
    let keys: QueueKeys
    /// The first keys of `finish_and_lease.lua`, as its head lists them, then those of the queue that gets notices of
    /// dead letters.
    let finishAndLeaseKeys: KeyNumbers
    /// The queue that gets notices of dead letters, and the number of its key `jobs`.
    let notice: (name: QueueName, jobs: Int)?
    /// The keys of `extend.lua`.
    let extendKeys: RedisInvocation
    /// Limits how often the consumer's presence is recorded.
    let presence = PresenceThrottle()

    init(_ configuration: QueueConfiguration, namespace: NamespaceKeys, consumer: String) {
        self.configuration = configuration
        let keys = namespace.queue(configuration.name)
        self.keys = keys
        var fixed =
            [
                namespace.control, keys.finished(consumer), keys.consumers, keys.jobs, keys.wake, keys.rates, keys.held,
                keys.leases, keys.delayed, keys.dead, keys.errors,
            ] + keys.readyByPriority
        if let name = configuration.deadLetterNotice {
            let queue = namespace.queue(name)
            notice = (name, fixed.count + 1)
            fixed += [queue.jobs, queue.wake, queue.rates, queue.ready(5)]
        } else {
            notice = nil
        }
        finishAndLeaseKeys = KeyNumbers(keys: fixed)
        extendKeys = RedisInvocation(keys: [namespace.control, keys.held, keys.leases, keys.consumers])
    }
}

/// Limits how often a consumer's presence is recorded on the server, because recording it costs a command.
final class PresenceThrottle: Sendable {
    /// The greatest age of the recorded presence of an active consumer.
    static let interval = Duration.seconds(5)

    private let next = Mutex<ContinuousClock.Instant>(.now)

    /// Returns whether the call that is made now has to record the presence.
    func isDue(at now: ContinuousClock.Instant = .now) -> Bool {
        next.withLock { next in
            guard next <= now else { return false }
            next = now.advanced(by: Self.interval)
            return true
        }
    }
}
