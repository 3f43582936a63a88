internal import Support
internal import Synchronization
internal import SystemPackage

/// One attempt at one point: its folder, the photochemistry, the climate, the verdict.
struct VPLAtmosRun: Sendable {
    let package: VPLAtmosPackage
    let configuration: VPLAtmosConfiguration
    let runtime: any ModelRuntime
    let environment: [String: String]
    let limits: RunLimits
    let directory: RunDirectory
    let folder: VPLAtmosRunFolder
    let report: ModelProgressReport
    private let files = BlockingExecutor(label: "atmos.model.files")

    init(
        package: VPLAtmosPackage, configuration: VPLAtmosConfiguration, runtime: any ModelRuntime,
        environment: [String: String], limits: RunLimits, directory: RunDirectory, report: @escaping ModelProgressReport
    ) {
        self.package = package
        self.configuration = configuration
        self.runtime = runtime
        self.environment = environment
        self.limits = limits
        self.directory = directory
        self.report = report
        folder = VPLAtmosRunFolder(
            directory: directory, package: package, climateSteps: configuration.climateSteps,
            byteLimit: limits.outputBytes)
    }

    /// Runs both programs; see ``Model``.
    func run(_ input: ModelInput, parent: FilePath?) async throws -> ModelResult {
        try Task.checkCancellation()
        let start = try await files.run {
            try directory.prepare(input, limits: limits, parent: parent)
            return try folder.prepare(input)
        }
        let progress = VPLAtmosProgress(start: start)
        do {
            let verdict = try await verdict(input, progress)
            let artifacts = try await files.run { try collectArtifacts() }
            return progress.result(verdict, artifacts: artifacts)
        } catch is CancellationError {
            throw CancellationError()
        } catch let failure as ModelFailure {
            // The files of a failed run may be kept, too. Errors are ignored here: the failure matters more.
            _ = try? await files.run { try collectArtifacts() }
            throw progress.completed(failure)
        }
    }

    private func verdict(
        _ input: ModelInput, _ progress: VPLAtmosProgress
    ) async throws -> VPLAtmosProgress.Verdict {
        let deadline = ContinuousClock.now + limits.wallTime
        let chemistry = try await runPhotochemistry(progress, until: deadline)
        guard chemistry.isConverged else { return (.photochemistryNonconverged, chemistry.text) }
        let methane = chemistry.outputs[VPLAtmosOutputs.mixingRatio(of: "CH4")] ?? 0
        try await files.run { try folder.setMethane(methane, of: input) }
        let climate = try await runClimate(progress, until: deadline)
        return climate.isSettled
            ? (.converged, "\(chemistry.text), \(climate.text)") : (.climateUnsettled, climate.text)
    }

    private func runPhotochemistry(
        _ progress: VPLAtmosProgress, until deadline: ContinuousClock.Instant
    ) async throws -> PhotochemistryFinding {
        let end = try await run(.photochemistry, within: configuration.photochemistry, progress, until: deadline)
        progress.add(VPLAtmosOutputs.photochemistrySeconds, end.seconds)
        let finding = try await evaluate(.photochemistry) {
            let report = try bytes(VPLAtmosFiles.photochemistryReport)
            if end.hasDiverged { return PhotochemistryFinding(divergedIn: report) }
            return try PhotochemistryFinding(
                report: report, log: try bytes(VPLAtmosProgram.photochemistry.log),
                profile: (try? bytes(VPLAtmosFiles.mixingRatios)) ?? [])
        }
        progress.add(finding)
        return finding
    }

    /// Runs the climate, and continues it until it is settled or reaches the exploration's number of steps.
    private func runClimate(
        _ progress: VPLAtmosProgress, until deadline: ContinuousClock.Instant
    ) async throws -> ClimateFinding {
        var steps = 0
        var seconds = 0.0
        // The climate's own limit applies to all its runs together.
        let deadline = min(deadline, .now + (configuration.climate.wallTime ?? limits.wallTime))
        while true {
            let (finding, duration) = try await runClimate(after: steps, seconds, progress, until: deadline)
            steps += configuration.climateSteps
            seconds += duration
            guard !finding.isSettled, steps + configuration.climateSteps <= configuration.maxClimateSteps else {
                return finding
            }
            try await files.run { try folder.continueClimate() }
        }
    }

    /// Runs the climate program once.
    ///
    /// - Parameters:
    ///   - steps: the number of steps of the runs that it continues.
    ///   - seconds: their duration.
    /// - Returns: the finding, and the duration of this run.
    private func runClimate(
        after steps: Int, _ seconds: Double, _ progress: VPLAtmosProgress, until deadline: ContinuousClock.Instant
    ) async throws -> (ClimateFinding, seconds: Double) {
        let end = try await run(.climate, after: steps, within: configuration.climate, progress, until: deadline)
        progress.add(VPLAtmosOutputs.climateSeconds, seconds + end.seconds)
        let finding = try await evaluate(.climate) {
            for file in [VPLAtmosFiles.photochemistryEnd, VPLAtmosFiles.climateEnd]
            where !SmallFile.hasContent(directory.path.pushing(FilePath(file))) {
                throw VPLAtmosOutputError(description: "\(file), which neighbours start from, is missing or empty")
            }
            return try ClimateFinding(
                report: try bytes(VPLAtmosFiles.climateReport), log: try bytes(VPLAtmosProgram.climate.log),
                previousSteps: steps, configuration: configuration)
        }
        progress.add(finding)
        return (finding, end.seconds)
    }

    /// Runs one of the programs, within its limits and the remaining time of both programs.
    ///
    /// - Parameter steps: the number of steps of the runs that it continues.
    private func run(
        _ program: VPLAtmosProgram, after steps: Int = 0, within own: VPLAtmosConfiguration.ProgramLimits,
        _ progress: VPLAtmosProgress,
        until deadline: ContinuousClock.Instant
    ) async throws -> VPLAtmosProgramRun.End {
        var limits = limits
        limits.wallTime = max(min(deadline - .now, own.wallTime ?? limits.wallTime), .milliseconds(1))
        limits.cpuTime = own.cpuTime ?? limits.cpuTime
        let programRun = VPLAtmosProgramRun(
            program: program, executable: package.folder.appending(program.executable), runtime: runtime,
            environment: environment, limits: limits, directory: directory)
        let total = program == .climate ? steps + configuration.climateSteps : nil
        let end = try await programRun.run { done in
            report(progress.update(program, done: steps + done, total: total))
        }
        progress.add(end)
        if let failure = end.failure { throw failure }
        return end
    }

    /// Evaluates the files of a program that exited with status 0.
    private func evaluate<Finding: Sendable>(
        _ program: VPLAtmosProgram, _ finding: @escaping @Sendable () throws -> Finding
    ) async throws -> Finding {
        do {
            return try await files.run(finding)
        } catch let problem as VPLAtmosOutputError {
            let ending = VPLAtmosCase.failure(of: program, isTimeout: false)
            throw ModelFailure(
                kind: .resultInvalid,
                message: ending.message("\(program.name) exited with status 0, but \(problem.description)"))
        }
    }

    /// The bytes of a file that a program wrote.
    private func bytes(_ file: String) throws(VPLAtmosOutputError) -> [UInt8] {
        do {
            return try SmallFile.read(directory.path.pushing(FilePath(file)), limit: limits.outputBytes)
        } catch {
            throw VPLAtmosOutputError(description: "\(file) \(error)")
        }
    }

    /// Compresses the existing files of those that are kept into the run directory.
    ///
    /// - Returns: the compressed files.
    /// - Throws: ``ModelFailure`` of kind ``ModelFailure/Kind/resultInvalid``.
    private func collectArtifacts() throws(ModelFailure) -> [FilePath] {
        let folder = directory.path
        var artifacts: [FilePath] = []
        for (name, paths) in VPLAtmosFiles.kept {
            guard let source = paths.map({ folder.pushing(FilePath($0)) }).first(where: SmallFile.hasContent) else {
                continue
            }
            let artifact = folder.appending(name)
            do {
                try GzipFile.compress(source, to: artifact)
            } catch {
                throw ModelFailure(kind: .resultInvalid, message: "cannot compress \(source): \(error)")
            }
            artifacts.append(artifact)
        }
        return artifacts
    }
}

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

    func add(_ output: String, _ value: Double) {
        state.withLock { $0.outputs[output] = value }
    }

    func add(_ end: VPLAtmosProgramRun.End) {
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
        let start = start == .parent ? "started from the parent's files" : "started from the package's files"
        return state.withLock { state in
            ModelResult(
                verdict: verdict.ending == .converged ? .stable : .unstable,
                message: verdict.ending.message("\(verdict.text); \(start)"), iterations: state.iterations,
                outputs: state.outputs, artifacts: artifacts, peakMemoryBytes: state.peakMemoryBytes,
                logTail: state.logTail)
        }
    }

    /// The failure with the log and the peak memory of the run.
    func completed(_ failure: ModelFailure) -> ModelFailure {
        state.withLock { state in
            ModelFailure(
                kind: failure.kind, message: failure.message,
                logTail: failure.logTail.isEmpty ? state.logTail : failure.logTail,
                peakMemoryBytes: failure.peakMemoryBytes ?? state.peakMemoryBytes)
        }
    }
}

/// The possible ends of a run of Atmos. A message begins with the name of its case.
enum VPLAtmosCase: String, CaseIterable, Sendable {
    /// Stable: both programs reached their end.
    case converged
    /// Unstable: the photochemistry completed before its time was reached, or its numbers turned to NaN.
    case photochemistryNonconverged = "photochemistry_nonconverged"
    /// Unstable: the climate's residuals are above the exploration's tolerances.
    case climateUnsettled = "climate_unsettled"
    /// A failure: the photochemistry crashed, or its output cannot be read.
    case photochemistryError = "photochemistry_error"
    /// A failure: the photochemistry was ended at a limit of time.
    case photochemistryTimeout = "photochemistry_timeout"
    /// A failure: the climate crashed, ended early, or printed NaN.
    case climateError = "climate_error"
    /// A failure: the climate was ended at a limit of time.
    case climateTimeout = "climate_timeout"
    /// A failure before the run: Atmos cannot run on this point.
    case inputError = "input_error"

    /// The case of a program that gave no verdict.
    static func failure(of program: VPLAtmosProgram, isTimeout: Bool) -> VPLAtmosCase {
        switch program {
        case .photochemistry: isTimeout ? .photochemistryTimeout : .photochemistryError
        case .climate: isTimeout ? .climateTimeout : .climateError
        }
    }

    /// A message that begins with the case.
    func message(_ text: String) -> String { "\(rawValue): \(text)" }
}
