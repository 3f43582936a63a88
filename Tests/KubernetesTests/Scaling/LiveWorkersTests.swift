import Scaler
import Testing

@Suite("Live workers")
struct LiveWorkersTests {
    @Test("all pods that work or will are counted together")
    func total() {
        #expect(LiveWorkers(running: 3, pending: 2).total == 5)
    }
}
