internal import RedisClient

/// What is known of one queue for the length of a connection: its configuration, its keys, and the keys of its calls,
/// encoded once.
struct QueueDesk: Sendable {
    let configuration: QueueConfiguration
    let keys: QueueKeys
    /// The keys that every run of `cycle.lua` begins with, as its head lists them.
    let cycle: RedisInvocation
    /// The key names of `cycle`, in order.
    let cycleKeys: [String]
    let extend: RedisInvocation

    init(_ configuration: QueueConfiguration, namespace: NamespaceKeys, consumer: String) {
        self.configuration = configuration
        let keys = namespace.queue(configuration.name)
        self.keys = keys
        cycleKeys =
            [
                namespace.control, keys.finished(consumer), keys.jobs, keys.held, keys.leases, keys.delayed, keys.dead,
                keys.errors, keys.wake,
            ] + keys.readyInOrder
        cycle = RedisInvocation(keys: cycleKeys)
        extend = RedisInvocation(keys: [namespace.control, keys.held, keys.leases])
    }
}
