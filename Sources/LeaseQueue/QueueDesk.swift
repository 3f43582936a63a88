internal import RedisClient

/// What is known of one queue for the length of a connection: its configuration, its keys, and the keys of its calls,
/// encoded once.
struct QueueDesk: Sendable {
    let configuration: QueueConfiguration
    let keys: QueueKeys
    /// The keys that every run of `cycle.lua` begins with, as its head lists them, and then those of the queue that is told
    /// of dead letters.
    let cycle: KeyNumbers
    /// The queue that is told of dead letters, and the number of its key `jobs`.
    let notice: (name: QueueName, jobs: Int)?
    /// The keys of `extend.lua`.
    let extend: RedisInvocation
    /// When the consumer is to be noted as seen again.
    let attendance = Attendance()

    init(_ configuration: QueueConfiguration, namespace: NamespaceKeys, consumer: String) {
        self.configuration = configuration
        let keys = namespace.queue(configuration.name)
        self.keys = keys
        var cycleKeys =
            [
                namespace.control, keys.finished(consumer), keys.consumers, keys.jobs, keys.wake, keys.rates, keys.held,
                keys.leases, keys.delayed, keys.dead, keys.errors,
            ] + keys.readyInOrder
        if let name = configuration.deadLetterNotice {
            let queue = namespace.queue(name)
            notice = (name, cycleKeys.count + 1)
            cycleKeys += [queue.jobs, queue.wake, queue.rates, queue.ready(5)]
        } else {
            notice = nil
        }
        cycle = KeyNumbers(keys: cycleKeys)
        extend = RedisInvocation(keys: [namespace.control, keys.held, keys.leases, keys.consumers])
    }
}
