internal import RedisClient

/// What is known of one queue for the length of a connection: its configuration, its keys, and the keys of its calls,
/// encoded once.
struct QueueDesk: Sendable {
    let configuration: QueueConfiguration
    let keys: QueueKeys
    /// The keys that every run of `cycle.lua` begins with, as its head lists them, and then those of the queue that is told
    /// of dead letters.
    let cycle: KeyNumbers
    /// The number of the first key of the queue that is told of dead letters, or 0.
    let notice: Int
    /// The keys of `extend.lua`.
    let extend: RedisInvocation

    init(_ configuration: QueueConfiguration, namespace: NamespaceKeys, consumer: String) {
        self.configuration = configuration
        let keys = namespace.queue(configuration.name)
        self.keys = keys
        var cycleKeys =
            [
                namespace.control, keys.finished(consumer), keys.jobs, keys.held, keys.leases, keys.delayed, keys.dead,
                keys.errors, keys.wake,
            ] + keys.readyInOrder
        if let queue = configuration.deadLetterNotice.map(namespace.queue) {
            notice = cycleKeys.count + 1
            cycleKeys += [queue.jobs, queue.wake, queue.ready(5)]
        } else {
            notice = 0
        }
        cycle = KeyNumbers(keys: cycleKeys)
        extend = RedisInvocation(keys: [namespace.control, keys.held, keys.leases])
    }
}
