internal import RedisClient

/// Numbers the keys of a script's run, as the rows of `insert.lua` refer to them, and collects those that come on top.
struct KeyNumbers {
    /// The numbers of one queue's keys; 0 where a key has none yet.
    private struct Queue {
        let keys: QueueKeys
        var jobs = 0
        var wake = 0
        var delayed = 0
        var ready = [Int](repeating: 0, count: 10)
    }

    private(set) var invocation: RedisInvocation
    private var numbers: [String: Int] = [:]
    private var queues: [QueueName: Queue] = [:]

    /// Begins with an invocation that has `keys`, and no arguments.
    init(_ invocation: RedisInvocation, keys: [String]) {
        self.invocation = invocation
        for (index, key) in keys.enumerated() { numbers[key] = index + 1 }
    }

    /// The numbers of a queue's `jobs` and `wake`, and of where a job of that priority or delay goes.
    mutating func place(
        of queue: QueueName, keys: @autoclosure () -> QueueKeys, priority: Int, isDelayed: Bool
    ) -> (jobs: Int, wake: Int, place: Int) {
        var entry = queues[queue] ?? Queue(keys: keys())
        let names = entry.keys
        if entry.jobs == 0 {
            entry.jobs = number(of: names.jobs)
            entry.wake = number(of: names.wake)
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
        return (entry.jobs, entry.wake, place)
    }

    /// The number of the first of three consecutive keys.
    mutating func appendThree(_ first: String, _ second: String, _ third: String) -> Int {
        for key in [first, second, third] { invocation.appendKey(key) }
        return invocation.keyCount - 2
    }

    private mutating func number(of key: String) -> Int {
        if let number = numbers[key] { return number }
        invocation.appendKey(key)
        numbers[key] = invocation.keyCount
        return invocation.keyCount
    }
}
