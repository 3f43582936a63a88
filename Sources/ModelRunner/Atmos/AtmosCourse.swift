internal import Support
internal import Synchronization
internal import SystemPackage

/// What is known of a run while it goes on.
final class AtmosCourse: Sendable {
    /// A case that is a verdict, and the rest of its message.
    typealias Verdict = (ending: AtmosCase, text: String)

    private struct State {
        var outputs: [String: Double] = [:]
        var iterations: Int?
        var peakMemoryBytes: Int?
        var logTail = ""
        var stages: [ModelProgress.Stage] = []
    }

    private let start: AtmosRunFolder.Start
    private let state = Mutex(State())

    init(start: AtmosRunFolder.Start) {
        self.start = start
    }

    func add(_ output: String, _ value: Double) {
        state.withLock { $0.outputs[output] = value }
    }

    func add(_ end: ProgramRun.End) {
        state.withLock { state in
            state.logTail = end.logTail
            if let peak = end.peakMemoryBytes { state.peakMemoryBytes = max(peak, state.peakMemoryBytes ?? 0) }
        }
    }

    func add(_ finding: PhotochemistryFinding) {
        state.withLock { state in
            state.outputs.merge(finding.outputs) { $1 }
            state.iterations = finding.iterations
        }
    }

    func add(_ finding: ClimateFinding) {
        state.withLock { $0.outputs.merge(finding.outputs) { $1 } }
    }

    /// How far the run is, when one of the programs has done so much.
    func progress(of program: AtmosProgram, done: Int, total: Int?) -> ModelProgress {
        let stage = ModelProgress.Stage(name: program.name, done: done, total: total)
        return state.withLock { state in
            if let index = state.stages.firstIndex(where: { $0.name == program.name }) {
                state.stages[index] = stage
            } else {
                state.stages.append(stage)
            }
            return ModelProgress(stages: state.stages)
        }
    }

    /// The result of a run that came to a verdict.
    func result(_ verdict: Verdict, artifacts: [FilePath]) -> ModelResult {
        let start = start == .parent ? "started from the parent's files" : "started from the package's own pair"
        return state.withLock { state in
            ModelResult(
                verdict: verdict.ending == .converged ? .stable : .unstable,
                message: verdict.ending.message("\(verdict.text); \(start)."), iterations: state.iterations,
                outputs: state.outputs, artifacts: artifacts, peakMemoryBytes: state.peakMemoryBytes,
                logTail: state.logTail)
        }
    }

    /// A failure with all that is known of the run.
    func completed(_ failure: ModelFailure) -> ModelFailure {
        state.withLock { state in
            ModelFailure(
                kind: failure.kind, message: failure.message,
                logTail: failure.logTail.isEmpty ? state.logTail : failure.logTail,
                peakMemoryBytes: failure.peakMemoryBytes ?? state.peakMemoryBytes)
        }
    }
}
