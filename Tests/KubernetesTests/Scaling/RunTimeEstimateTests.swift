import Testing

@testable import LeaseQueue
@testable import Scaler

@Suite("How long a job takes, by what a queue counts")
struct RunTimeEstimateTests {
    private func rates(leased: Int, completed: Int) -> QueueRates {
        var rates = QueueRates()
        rates.leased = leased
        rates.completed = completed
        return rates
    }

    private func estimate(
        leased: Int = 100, workers: Int? = nil, meanAge: Double = 1000, minute: (Int, Int) = (0, 0),
        hour: (Int, Int) = (0, 0)
    ) -> Duration? {
        RunTimeEstimate.runTime(
            leased: leased, workers: workers ?? leased, meanAge: .seconds(meanAge),
            lastMinute: rates(leased: minute.0, completed: minute.1),
            lastHour: rates(leased: hour.0, completed: hour.1), limit: .seconds(3600))
    }

    @Test("nothing is known while nothing is in work, or nothing has been completed")
    func unknown() {
        #expect(estimate(leased: 0, hour: (50, 50)) == nil)
        #expect(estimate(hour: (100, 0)) == nil)
    }

    @Test("where the number in work stays as it is, it is that number by the ends in a second")
    func steady() {
        #expect(estimate(hour: (600, 600)) == .seconds(600))
        #expect(estimate(minute: (25, 25), hour: (600, 600)) == .seconds(240))
        // Too few in a minute to go by.
        #expect(estimate(minute: (10, 10), hour: (600, 600)) == .seconds(600))
    }

    @Test("it is no more than twice as long as those in work have taken so far, and than the limit")
    func bounds() {
        #expect(estimate(meanAge: 30, hour: (110, 10)) == .seconds(60))
        #expect(estimate(meanAge: 1e6, hour: (101, 1)) == .seconds(3600))
    }

    @Test("where a worker holds several jobs, each keeps it for its part alone")
    func several() {
        #expect(estimate(leased: 200, workers: 100, hour: (1200, 1200)) == .seconds(300))
        #expect(estimate(leased: 64, workers: 1, meanAge: 0.05, hour: (10_000, 10_000)) == .seconds(0.1 / 64))
    }

    @Test("workers are counted by the leases that they hold, of more than are looked at in proportion")
    func holders() {
        func lease(_ number: Int, by consumer: Int) -> HeldLease {
            HeldLease(
                id: "\(number)", consumer: "w-\(consumer)", token: FencingToken(rawValue: UInt64(number)), age: .zero,
                timeLeft: .seconds(1), note: "")
        }
        let ten = (0..<10).map { lease($0, by: $0 / 2) }
        #expect(QueueReportReader.holders(of: ten, leased: 10) == 5)
        #expect(QueueReportReader.holders(of: ten, leased: 1000) == 500)
        #expect(QueueReportReader.holders(of: [], leased: 0) == 0)
        // Some ended between the two looks.
        #expect(QueueReportReader.holders(of: ten, leased: 8) == 5)
    }
}
