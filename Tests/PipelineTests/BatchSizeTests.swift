import Testing

@testable import Pipeline

@Suite("The size of a batch")
struct BatchSizeTests {
    private func after(_ notes: (taken: Int, bytes: Int, time: Duration)...) -> Int {
        var size = BatchSize()
        for note in notes { size.note(taken: note.taken, bytes: note.bytes, in: note.time) }
        return size.limit
    }

    @Test("doubles while batches come full, up to a bound, and comes down again")
    func growth() {
        #expect(after() == BatchSize.least)
        #expect(after((100, 1, .zero)) == 200)
        var size = BatchSize()
        for _ in 0..<20 { size.note(taken: size.limit, bytes: 100 * size.limit, in: .milliseconds(100)) }
        #expect(size.limit == BatchSize.greatest)
        size.note(taken: BatchSize.greatest * 3 / 4, bytes: 1, in: .zero)
        #expect(size.limit == BatchSize.greatest)
        size.note(taken: 10, bytes: 1, in: .zero)
        #expect(size.limit == BatchSize.greatest / 2)
        for _ in 0..<20 { size.note(taken: 10, bytes: 1, in: .zero) }
        #expect(size.limit == BatchSize.least)
    }

    @Test("stays within the memory and the time that it may take")
    func bounds() {
        let log = 24 << 10
        #expect(after((100, 100 * log, .zero)) == BatchSize.bytes / log)
        #expect(after((100, 2 * BatchSize.bytes, .zero)) == 50)
        #expect(after((100, 1, .seconds(10)), (50, 1, .seconds(10))) == 25)
        #expect(after((1, 100 << 20, .zero)) == 1)
        #expect(after((1, 100 << 20, .zero), (1, 1, .zero)) == 2)
    }
}
