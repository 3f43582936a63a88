/// When a worker looks whether it should take a batch ahead of the one that it runs: at once after it took one, and ever
/// more seldom while there is too little to take.
struct AheadPace: Sendable {
    private static let first = Duration.milliseconds(50)
    private static let longest = Duration.seconds(5)

    /// Whether it is time to look.
    private(set) var isDue = true
    private var isWaiting = false
    private var pause = first

    /// It has looked.
    mutating func note(took: Bool) {
        isDue = took
        pause = took ? Self.first : min(pause * 2, Self.longest)
    }

    /// How long to wait before it looks again; nil where that is being waited for, or it is time now.
    mutating func pauseToTake() -> Duration? {
        guard !isDue, !isWaiting else { return nil }
        isWaiting = true
        return pause
    }

    /// The pause is over.
    mutating func becomeDue() {
        isWaiting = false
        isDue = true
    }
}
