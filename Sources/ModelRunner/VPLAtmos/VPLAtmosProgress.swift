internal import Support
internal import Synchronization
internal import SystemPackage

/// The outputs, files and progress of a run so far.
final class VPLAtmosProgress: Sendable {
    /// A case that is a verdict, and the rest of its message.
    typealias Verdict = (ending: VPLAtmosCase, text: String)

    private struct State {
        var outputs: [String: Double] = [:]
        var iterations: Int?
        var peakMemoryBytes: Int?
        var logTail = ""
        var stages: [ModelProgress.Stage] = []
    }

    private let start: VPLAtmosRunFolder.Start
    private let state = Mutex(State())

    init(start: VPLAtmosRunFolder.Start) {
        self.start = start
    }

    /// Records the beginning of a pass of both programs.
    ///
    /// - Parameter total: the largest number of passes; 1 is not reported.
    func beginPass(_ pass: Int, of total: Int) {
        state.withLock { state in
            state.outputs[VPLAtmosOutputs.couplingPasses] = Double(pass)
            state.stages = total > 1 ? [ModelProgress.Stage(name: "pass", done: pass, total: total)] : []
        }
    }

    /// The outputs so far.
    var outputs: [String: Double] { state.withLock { $0.outputs } }

    /// Records a completed run of one of the programs.
    func add(_ end: VPLAtmosProgramRun.End, of program: VPLAtmosProgram) {
        state.withLock { state in
            state.outputs[VPLAtmosOutputs.seconds(of: program), default: 0] += end.seconds
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

    /// Records the progress of one of the programs, and returns that of the run.
    func update(_ program: VPLAtmosProgram, done: Int, total: Int?) -> ModelProgress {
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

    /// The result of a run with a verdict.
    func result(_ verdict: Verdict, artifacts: [FilePath]) -> ModelResult {
        state.withLock { state in
            ModelResult(
                verdict: verdict.ending == .converged ? .stable : .unstable,
                message: verdict.ending.message("\(verdict.text); \(start.text)"), iterations: state.iterations,
                outputs: state.outputs, artifacts: artifacts, peakMemoryBytes: state.peakMemoryBytes,
                logTail: state.logTail)
        }
    }

    /// The failure with the log and the peak memory of the run.
    func completed(_ failure: ModelFailure) -> ModelFailure {
        state.withLock { state in
            var failure = failure
            if failure.logTail.isEmpty { failure.logTail = state.logTail }
            failure.peakMemoryBytes = failure.peakMemoryBytes ?? state.peakMemoryBytes
            return failure
        }
    }
}
