/// The pods of a simulated cluster.
struct SimulatedPods {
    private enum State {
        case pending, placed, idle, busy, gone
    }

    private struct Pod {
        var state = State.pending
        /// The number of started jobs, which tells the end of an earlier job from the end of the current one.
        var jobs = 0
        /// The start of the current job.
        var jobStart = 0
        let created: Int
    }

    private var pods: [Pod] = []
    /// Pods that wait for a machine, oldest first, and pods that wait for work; both lists also contain some that no
    /// longer wait.
    private var waiting: [Int] = []
    private var free: [Int] = []
    private(set) var placed = 0
    private(set) var idle = 0
    private(set) var busy = 0
    private var unplaced = 0
    /// The sum of the start times of the running jobs.
    private var startTimes = 0

    /// Wanted pods that do not run yet.
    var pending: Int { unplaced + placed }
    var count: Int { pending + idle + busy }

    /// The running pods.
    var running: [Int] {
        pods.indices.filter { pods[$0].state == .idle || pods[$0].state == .busy }
    }

    mutating func add(at time: Int) {
        waiting.append(pods.count)
        pods.append(Pod(created: time))
        unplaced += 1
    }

    /// Assigns machines to waiting pods, while there are machines, and returns these pods.
    mutating func provision(upTo machines: Int) -> [Int] {
        waiting.removeAll { pods[$0].state != .pending }
        let fitting = Array(waiting.prefix(max(0, machines - placed - idle - busy)))
        for pod in fitting { pods[pod].state = .placed }
        unplaced -= fitting.count
        placed += fitting.count
        return fitting
    }

    /// The number of pods that have waited longer than `seconds` for a machine.
    func unplaced(for seconds: Int, at time: Int) -> Int {
        waiting.prefix { time - pods[$0].created > seconds }.count { pods[$0].state == .pending }
    }

    /// The mean age of the running jobs.
    func meanAge(at time: Int) -> Duration {
        busy > 0 ? .seconds(Double(time) - Double(startTimes) / Double(busy)) : .zero
    }

    /// - Returns: whether the pod still exists.
    mutating func start(_ pod: Int) -> Bool {
        guard pods[pod].state == .placed else { return false }
        pods[pod].state = .idle
        placed -= 1
        idle += 1
        free.append(pod)
        return true
    }

    /// Starts a job on an idle pod; `nil` if there is none.
    mutating func startJob(at time: Int) -> (pod: Int, job: Int)? {
        while let pod = free.popLast() {
            guard pods[pod].state == .idle else { continue }
            pods[pod].state = .busy
            pods[pod].jobs += 1
            pods[pod].jobStart = time
            startTimes += time
            idle -= 1
            busy += 1
            return (pod, pods[pod].jobs)
        }
        return nil
    }

    /// - Returns: the start of the job; `nil` if the pod does not run that job any more.
    mutating func complete(_ pod: Int, job: Int) -> Int? {
        guard pods[pod].state == .busy, pods[pod].jobs == job else { return nil }
        pods[pod].state = .idle
        startTimes -= pods[pod].jobStart
        busy -= 1
        idle += 1
        free.append(pod)
        return pods[pod].jobStart
    }

    /// Ends a running pod and adds a new one.
    ///
    /// - Returns: whether the pod ran a job; `nil` if it was not running.
    mutating func preempt(_ pod: Int, at time: Int) -> Bool? {
        let state = pods[pod].state
        guard state == .idle || state == .busy else { return nil }
        if state == .busy {
            startTimes -= pods[pod].jobStart
            busy -= 1
        } else {
            idle -= 1
        }
        pods[pod].state = .gone
        add(at: time)
        return state == .busy
    }

    /// Removes waiting pods, newest first.
    ///
    /// - Returns: their number.
    mutating func remove(_ count: Int) -> Int {
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

    /// Ends all idle pods.
    mutating func endIdle() {
        for pod in free where pods[pod].state == .idle { pods[pod].state = .gone }
        free = []
        idle = 0
    }
}
