internal import ParameterSpace
internal import Pipeline
internal import RunLedger
internal import Support

/// Whether the search could come to a point at all.
struct PointReach {
    let space: Space

    /// Why it could not; empty where it could.
    func obstacles(to point: Point) -> [String] {
        zip(space.parameters, point.values).compactMap { parameter, value in
            switch parameter.role {
            case .remainder: nil
            case .fixed:
                value == parameter.start
                    ? nil : "\(parameter.name) is not varied: it is \(parameter.start) everywhere, not \(value)"
            case .axis(let axis): value == parameter.start ? nil : obstacle(on: axis, parameter.name, value)
            }
        }
    }

    private func obstacle(on axis: Axis, _ name: String, _ value: ExactDecimal) -> String? {
        let (lowest, highest) = (axis.range.lowerBound, axis.range.upperBound)
        if value < lowest { return "\(name) = \(value) is outside of its axis, below the lowest value \(lowest)" }
        if value > highest { return "\(name) = \(value) is outside of its axis, above the highest value \(highest)" }
        let below = axis.next(below: value)
        let above = axis.next(above: value)
        // A value of the grid is the one next above the greatest number below it.
        guard axis.next(above: value - .leastPositive) != value else { return nil }
        let nearest = [below, above].compactMap { $0?.description }.joined(separator: " and ")
        return "\(name) = \(value) is not on the grid of its axis: the nearest values are \(nearest)"
    }

    /// Why the search has not come to a point that it could come to, a line each.
    static func explanation(of answer: Reachability.Answer) -> [String] {
        let lost = "a job was lost; `atmos reconcile` repairs that"
        switch answer {
        case .proposed(let origin, true):
            return ["soon to be reached: it follows from \(origin.code), which is finished and waits to be expanded"]
        case .proposed(let origin, false):
            return ["not reached, though it follows from \(origin.code), which is finished: \(lost)"]
        case .notProposed(let around):
            return notAsked(around)
        case .offGrid:
            return ["never reached: it lies between the points that the strategy's steps lead to"]
        case .planned(let number, true):
            return ["soon to be reached: it is number \(number) of the plan, which has not come to it yet"]
        case .planned(let number, false):
            return ["not reached, though it is number \(number) of the plan: \(lost)"]
        case .notPlanned(let lookedAt, let count):
            return [
                lookedAt == count
                    ? "never reached: it is none of the plan's \(count) points"
                    : "not reached: it is none of the plan's first \(lookedAt) of \(count) points"
            ]
        case .notChosen(let isWaiting):
            return [
                isWaiting
                    ? "not reached: the adaptive search, which goes on, has not chosen it so far"
                    : "never reached: the adaptive search has ended without choosing it"
            ]
        }
    }

    private static func notAsked(_ around: [(point: Point, known: LedgerPoint?)]) -> [String] {
        let found = around.filter { $0.known != nil }
        guard found.contains(where: { $0.known?.verdict == .stable }) else {
            return [
                "never reached: it has no stable neighbour; "
                    + (found.isEmpty
                        ? "none of its \(around.count) neighbours is in the ledger"
                        : "of its \(around.count) neighbours "
                            + PointSurroundings.summary(of: around.map(\.known)))
            ] + shown(found)
        }
        return ["never reached: the strategy's rules ask for it from none of the points around it"] + shown(found)
    }

    private static func shown(_ found: [(point: Point, known: LedgerPoint?)]) -> [String] {
        found.prefix(20).map { "  \($0.point.code)  \($0.known?.standing ?? "")" }
    }
}
