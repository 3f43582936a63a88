/// What became of a simulated cluster.
package struct SimulationResult: Sendable {
    /// Seconds between samples.
    package static let interval = 60

    package struct Sample: Sendable, Hashable {
        /// In seconds.
        package let time: Int
        /// Jobs that are not done yet.
        package let work: Int
        /// Pods that run or wait.
        package let pods: Int
        /// Pods at work.
        package let busy: Int
        /// Pods that empty the queue in the target time, by the true mean of the run times.
        package let needed: Int
    }

    package internal(set) var samples: [Sample] = []
    /// Decisions that became pods, and how many pods.
    package internal(set) var decisions = 0
    package internal(set) var added = 0
    /// Decisions that were repeated, and refused because their name was taken.
    package internal(set) var refused = 0
    /// Pods beyond the number that was wanted when some were made.
    package internal(set) var doubled = 0
    /// Pods that were taken back before they ran.
    package internal(set) var withdrawn = 0
    package internal(set) var completed = 0
    package internal(set) var preempted = 0
    /// Each time that the pods went to none, how many seconds after the work was done.
    package internal(set) var emptying: [Int] = []

    /// Of each stretch of time with pods, by what share their greatest number was above the greatest that was needed.
    package var overshoots: [Double] {
        samples.split { $0.pods == 0 && $0.needed == 0 }.map { stretch in
            let (most, needed) = (stretch.map(\.pods).max() ?? 0, stretch.map(\.needed).max() ?? 0)
            return needed > 0 ? max(0, Double(most) / Double(needed) - 1) : Double(most)
        }
    }

    /// How often the number of pods turned, from growing to shrinking or back, by more than a tenth of its greatest.
    package var turns: Int {
        let step = (samples.map(\.pods).max() ?? 0) / 10
        var (turns, extreme, isGrowing) = (0, 0, true)
        for sample in samples {
            if isGrowing ? sample.pods > extreme : sample.pods < extreme {
                extreme = sample.pods
            } else if abs(sample.pods - extreme) > step {
                turns += 1
                extreme = sample.pods
                isGrowing.toggle()
            }
        }
        return turns
    }

    /// The share of the pods' time in which they worked.
    package var efficiency: Double {
        let pods = samples.reduce(0) { $0 + $1.pods }
        return pods > 0 ? Double(samples.reduce(0) { $0 + $1.busy }) / Double(pods) : 1
    }
}
