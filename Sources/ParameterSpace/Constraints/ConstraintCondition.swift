/// A statement about a point that holds or does not.
indirect enum ConstraintCondition: Hashable, Sendable {
    enum Relation: String, CaseIterable, Hashable, Sendable {
        case less = "<"
        case atMost = "<="
        case greater = ">"
        case atLeast = ">="
        case equal = "=="
        case unequal = "!="

        func holds(_ order: Int) -> Bool {
            switch self {
            case .less: order < 0
            case .atMost: order <= 0
            case .greater: order > 0
            case .atLeast: order >= 0
            case .equal: order == 0
            case .unequal: order != 0
            }
        }
    }

    /// `a < b <= c`: each relation between its neighbours.
    case comparison(ConstraintExpression, [Link])
    case and(ConstraintCondition, ConstraintCondition)
    case or(ConstraintCondition, ConstraintCondition)
    case not(ConstraintCondition)

    struct Link: Hashable, Sendable {
        let relation: Relation
        let right: ConstraintExpression
    }

    /// Whether it holds; nil where a number in it cannot be computed.
    func holds(at values: [ExactDecimal]) -> Bool? {
        switch self {
        case .comparison(let first, let links):
            guard var left = first.value(at: values) else { return nil }
            for link in links {
                guard let right = link.right.value(at: values) else { return nil }
                guard link.relation.holds(left.compared(to: right)) else { return false }
                left = right
            }
            return true
        case .and(let left, let right):
            guard let left = left.holds(at: values) else { return nil }
            return left ? right.holds(at: values) : false
        case .or(let left, let right):
            guard let left = left.holds(at: values) else { return nil }
            return left ? true : right.holds(at: values)
        case .not(let condition):
            return condition.holds(at: values).map { !$0 }
        }
    }
}
