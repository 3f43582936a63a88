import Testing

@testable import Pipeline

@Suite("The size of a ledger batch")
struct LedgerBatchSizerTests {
    private func limit(after batches: (jobs: Int, bytes: Int, time: Duration)...) -> Int {
        var size = LedgerBatchSizer()
        for batch in batches { size.record(jobs: batch.jobs, bytes: batch.bytes, in: batch.time) }
        return size.limit
    }

    @Test("doubles while batches are full, up to a limit, and shrinks again")
    func limit_followsTheLoad() {
        #expect(limit() == LedgerBatchSizer.minJobs)
        #expect(limit(after: (100, 1, .zero)) == 200)
        var size = LedgerBatchSizer()
        for _ in 0..<20 { size.record(jobs: size.limit, bytes: 100 * size.limit, in: .milliseconds(100)) }
        #expect(size.limit == LedgerBatchSizer.maxJobs)
        size.record(jobs: LedgerBatchSizer.maxJobs * 3 / 4, bytes: 1, in: .zero)
        #expect(size.limit == LedgerBatchSizer.maxJobs)
        size.record(jobs: 10, bytes: 1, in: .zero)
        #expect(size.limit == LedgerBatchSizer.maxJobs / 2)
        for _ in 0..<20 { size.record(jobs: 10, bytes: 1, in: .zero) }
        #expect(size.limit == LedgerBatchSizer.minJobs)
    }

    @Test("stays within the limits of memory and time")
    func limit_staysWithinMemoryAndTime() {
        let log = 24 << 10
        #expect(limit(after: (100, 100 * log, .zero)) == LedgerBatchSizer.maxBytes / log)
        #expect(limit(after: (100, 2 * LedgerBatchSizer.maxBytes, .zero)) == 50)
        #expect(limit(after: (100, 1, .seconds(10)), (50, 1, .seconds(10))) == 25)
        #expect(limit(after: (1, 100 << 20, .zero)) == 1)
        #expect(limit(after: (1, 100 << 20, .zero), (1, 1, .zero)) == 2)
    }
}
