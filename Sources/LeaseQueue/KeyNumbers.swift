internal import RedisClient

/// Numbers the keys of a script's run, as the rows of `insert.lua` refer to them, and collects those that come on top.
struct KeyNumbers: Sendable {
    /// The numbers of one queue's keys; 0 where a key has none yet.
    private struct Queue {
        let keys: QueueKeys
        var jobs = 0
        var delayed = 0
        var ready = [Int](repeating: 0, count: 10)
    }

    /// All keys so far, and no arguments yet.
    private(set) var invocation: RedisInvocation
    private var numbers: [String: Int] = [:]
    private var queues: [QueueName: Queue] = [:]

    /// Begins with `keys`, numbered from 1.
    init(keys: [String]) {
        invocation = RedisInvocation(keys: keys)
        for (index, key) in keys.enumerated() { numbers[key] = index + 1 }
    }

    /// The number of a queue's `jobs`, behind which `wake` and `rates` follow, and of where a job of that priority or
    /// delay goes.
    mutating func place(
        of queue: QueueName, keys: @autoclosure () -> QueueKeys, priority: Int, isDelayed: Bool
    ) -> (jobs: Int, place: Int) {
        var entry = queues[queue] ?? Queue(keys: keys())
        let names = entry.keys
        if entry.jobs == 0 {
            entry.jobs = number(of: names.jobs)
            _ = number(of: names.wake)
            _ = number(of: names.rates)
        }
        let place: Int
        if isDelayed {
            if entry.delayed == 0 { entry.delayed = number(of: names.delayed) }
            place = entry.delayed
        } else {
            if entry.ready[priority] == 0 { entry.ready[priority] = number(of: names.ready(priority)) }
            place = entry.ready[priority]
        }
        queues[queue] = entry
        return (entry.jobs, place)
    }

    private mutating func number(of key: String) -> Int {
        if let number = numbers[key] { return number }
        invocation.appendKey(key)
        numbers[key] = invocation.keyCount
        return invocation.keyCount
    }
}
