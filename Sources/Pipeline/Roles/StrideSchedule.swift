internal import Glibc

/// Whose turn it is among explorations of different weights: stride scheduling (C. A. Waldspurger and W. E. Weihl, "Stride
/// Scheduling: Deterministic Proportional-Share Resource Management", MIT/LCS/TM-528, 1995).
///
/// Each has a pass, which grows by what it was given, divided by its weight; the least pass has the next turn. Over time
/// those that have work get shares in proportion to their weights.
struct StrideSchedule: Sendable {
    private struct Lane {
        let weight: Double
        var pass = 0.0
        var isResting = false
    }

    private var lanes: [Lane]

    /// The very first turn is drawn by lot, by weight: otherwise every worker of a thousand would begin with the same
    /// exploration, and stay with it for as long as a run lasts.
    ///
    /// - Parameter weights: of each, at least 1.
    init(weights: [Int]) {
        var generator = SystemRandomNumberGenerator()
        self.init(weights: weights, generator: &generator)
    }

    init(weights: [Int], generator: inout some RandomNumberGenerator) {
        lanes = weights.map { weight in
            // Of exponential times the one with the greatest rate comes first, in proportion to the rates. Far less than
            // any turn takes.
            let lot = -log(Double.random(in: .leastNormalMagnitude..<1, using: &generator))
            return Lane(weight: Double(weight), pass: 1e-9 * lot / Double(weight))
        }
    }

    /// These, in the order of their turns.
    func order(of indices: [Int]) -> [Int] {
        indices.sorted { (lanes[$0].pass, $0) < (lanes[$1].pass, $1) }
    }

    /// One was given so much.
    mutating func charge(_ index: Int, _ amount: Double) {
        lanes[index].pass += amount / lanes[index].weight
    }

    /// One had no work when its turn came.
    mutating func rest(_ index: Int) {
        lanes[index].isResting = true
    }

    /// One has work. For the time that it had none it is owed nothing.
    mutating func wake(_ index: Int) {
        guard lanes[index].isResting else { return }
        lanes[index].isResting = false
        let least = lanes.indices.filter { $0 != index && !lanes[$0].isResting }.map { lanes[$0].pass }.min()
        lanes[index].pass = max(lanes[index].pass, least ?? 0)
    }
}
