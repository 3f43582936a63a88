import Scaler
import Testing

@Suite("Live workers")
struct WorkerCountsTests {
    @Test("all pods that work or will are counted together")
    func total() {
        #expect(WorkerCounts(running: 3, pending: 2).total == 5)
    }
}
