/// The pods of a simulated cluster.
struct SimulatedPods {
    private enum State {
        case pending, placed, idle, busy, gone
    }

    private struct Pod {
        var state = State.pending
        /// Counts the jobs that it began: an end that belongs to an earlier one is none.
        var life = 0
        /// When the job was begun that it is at.
        var began = 0
        let made: Int
    }

    private var pods: [Pod] = []
    /// Pods that wait for a machine, the oldest first, and pods that wait for work; both with some that no longer do.
    private var waiting: [Int] = []
    private var free: [Int] = []
    private(set) var placed = 0
    private(set) var idle = 0
    private(set) var busy = 0
    private var unplaced = 0
    /// The sum of the times at which the jobs were begun that are in work.
    private var beginnings = 0

    /// Wanted, and not running yet.
    var pending: Int { unplaced + placed }
    var count: Int { pending + idle + busy }

    /// Those that run.
    var running: [Int] {
        pods.indices.filter { pods[$0].state == .idle || pods[$0].state == .busy }
    }

    mutating func add(at time: Int) {
        waiting.append(pods.count)
        pods.append(Pod(made: time))
        unplaced += 1
    }

    /// Gives machines to pods that wait for one, while there are machines.
    mutating func provision(upTo machines: Int) -> [Int] {
        waiting.removeAll { pods[$0].state != .pending }
        let fitting = Array(waiting.prefix(max(0, machines - placed - idle - busy)))
        for pod in fitting { pods[pod].state = .placed }
        unplaced -= fitting.count
        placed += fitting.count
        return fitting
    }

    /// How many have waited for a machine for longer than so many seconds.
    func unplaced(for seconds: Int, at time: Int) -> Int {
        waiting.prefix { time - pods[$0].made > seconds }.count { pods[$0].state == .pending }
    }

    /// For how long the jobs in work have been, on the average.
    func meanAge(at time: Int) -> Duration {
        busy > 0 ? .seconds(Double(time) - Double(beginnings) / Double(busy)) : .zero
    }

    /// - Returns: whether it is there still.
    mutating func start(_ pod: Int) -> Bool {
        guard pods[pod].state == .placed else { return false }
        pods[pod].state = .idle
        placed -= 1
        idle += 1
        free.append(pod)
        return true
    }

    /// Gives a job to a pod that has none.
    mutating func begin(at time: Int) -> (pod: Int, life: Int)? {
        while let pod = free.popLast() {
            guard pods[pod].state == .idle else { continue }
            pods[pod].state = .busy
            pods[pod].life += 1
            pods[pod].began = time
            beginnings += time
            idle -= 1
            busy += 1
            return (pod, pods[pod].life)
        }
        return nil
    }

    /// - Returns: when the job was begun; nil where the pod is not at it any more.
    mutating func complete(_ pod: Int, life: Int) -> Int? {
        guard pods[pod].state == .busy, pods[pod].life == life else { return nil }
        pods[pod].state = .idle
        beginnings -= pods[pod].began
        busy -= 1
        idle += 1
        free.append(pod)
        return pods[pod].began
    }

    /// Takes a running pod away and puts a new one in its place.
    ///
    /// - Returns: whether it was at work; nil where it did not run.
    mutating func takeAway(_ pod: Int, at time: Int) -> Bool? {
        let state = pods[pod].state
        guard state == .idle || state == .busy else { return nil }
        if state == .busy {
            beginnings -= pods[pod].began
            busy -= 1
        } else {
            idle -= 1
        }
        pods[pod].state = .gone
        add(at: time)
        return state == .busy
    }

    /// Takes back pods that do not run yet, the newest first.
    ///
    /// - Returns: how many.
    mutating func withdraw(_ count: Int) -> Int {
        var left = count
        for pod in pods.indices.reversed() where left > 0 {
            switch pods[pod].state {
            case .pending: unplaced -= 1
            case .placed: placed -= 1
            case .idle, .busy, .gone: continue
            }
            pods[pod].state = .gone
            left -= 1
        }
        return count - left
    }

    /// Ends all that have no work.
    mutating func leave() {
        for pod in free where pods[pod].state == .idle { pods[pod].state = .gone }
        free = []
        idle = 0
    }
}
