/// What the runs of an exploration may take, from the moment that it is set.
public struct RunBudget: Sendable, Hashable {
    /// How long runs may begin from now on, by the server's clock; nil for no limit.
    public var wallTime: Duration?
    /// How long all attempts together may last, those before included; nil for no limit.
    public var coreTime: Duration?
    /// To how many of its steps the search makes an edge sharp, before it ends; nil for as sharp as it can.
    public var tolerance: Int?

    /// A budget without limits, but for those that are given.
    public init(wallTime: Duration? = nil, coreTime: Duration? = nil, tolerance: Int? = nil) {
        self.wallTime = wallTime
        self.coreTime = coreTime
        self.tolerance = tolerance
    }
}

/// How a budget stands.
public struct BudgetStanding: Sendable, Hashable {
    /// Whether its wall time is over.
    public let isTimeOver: Bool
    /// How long all attempts together may last; nil for no limit.
    public let coreTime: Duration?
    /// To how many of its steps the search makes an edge sharp, before it ends; nil for as sharp as it can.
    public let tolerance: Int?
}
