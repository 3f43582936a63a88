/// The mean of the last so many numbers.
struct RecentMean {
    private let count: Int
    private var numbers: [Double] = []
    private var next = 0
    private var sum = 0.0

    init(count: Int) {
        self.count = count
    }

    /// Nil where there is no number yet.
    var mean: Double? {
        numbers.isEmpty ? nil : sum / Double(numbers.count)
    }

    mutating func add(_ number: Double) {
        sum += number
        if numbers.count < count {
            numbers.append(number)
        } else {
            sum -= numbers[next]
            numbers[next] = number
            next = (next + 1) % count
        }
    }
}
