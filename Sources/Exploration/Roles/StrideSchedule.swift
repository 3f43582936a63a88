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

    /// - Parameter weights: of each, at least 1.
    init(weights: [Int]) {
        lanes = weights.map { Lane(weight: Double($0)) }
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
