internal import Support
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
        let hasParent = try await files.run {
            try directory.prepare(input, limits: limits, parent: parent)
            return folder.hasParent
        }
        let state = package.lacksClimateStart && !hasParent ? try await climateState() : nil
        let start = try await files.run { try folder.prepare(input, state: state) }
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

    /// The climate's start for a package without one; made by the first run that needs it.
    private func climateState() async throws -> VPLAtmosClimateState {
        let store = VPLAtmosStateStore(runFolder: directory.path.removingLastComponent(), version: package.version)
        return try await store.state { making in
            let run = VPLAtmosRun(
                package: package, configuration: configuration, runtime: runtime, environment: environment,
                limits: limits, directory: RunDirectory(making), report: report)
            return try await run.firstClimateState()
        }
    }

    /// Runs both programs on the package's own composition, with a climate that begins without a state.
    ///
    /// - Returns: the state that the climate left.
    private func firstClimateState() async throws -> [UInt8] {
        try await files.run { try folder.prepareFirst() }
        let progress = VPLAtmosProgress(start: .package)
        let deadline = ContinuousClock.now + limits.wallTime
        let chemistry = try await runPhotochemistry(progress, until: deadline)
        guard chemistry.isConverged else {
            throw ModelFailure(
                kind: .resultInvalid, message: VPLAtmosCase.photochemistryNonconverged.message(chemistry.text))
        }
        // Once: a run that continues it with IUP=1 would begin with the analytic profile again.
        _ = try await runClimate(after: 0, progress, until: nil, deadline)
        return try await evaluate(.climate) { try bytes(VPLAtmosFiles.climateEnd) }
    }

    /// Runs the first iterations of the photochemistry on a point.
    ///
    /// - Returns: the number of iterations that it had completed when it was stopped.
    /// - Throws: ``ModelFailure`` if it failed before.
    func tryPhotochemistry(_ input: ModelInput, iterations: Int) async throws -> Int {
        try await files.run { try folder.prepareFirst(input) }
        let (counts, count) = AsyncStream.makeStream(of: Int.self)
        let progress = VPLAtmosProgress(start: .package)
        return try await withThrowingTaskGroup(of: Int?.self) { group in
            group.addTask {
                defer { count.finish() }
                let deadline = ContinuousClock.now + limits.wallTime
                _ = try await run(.photochemistry, within: .init(), progress, until: nil, deadline) { count.yield($0) }
                // It ended by itself, perhaps before its last iterations were counted.
                return try await evaluate(.photochemistry) {
                    PhotochemistryOutput(try bytes(VPLAtmosFiles.photochemistryReport)).lastStep?.iteration ?? 0
                }
            }
            group.addTask {
                for await count in counts where count >= iterations { return count }
                return nil
            }
            defer { group.cancelAll() }
            if let count = try await group.next()! { return count }
            return try await group.next()! ?? 0
        }
    }

    private func verdict(
        _ input: ModelInput, _ progress: VPLAtmosProgress
    ) async throws -> VPLAtmosProgress.Verdict {
        let deadline = ContinuousClock.now + limits.wallTime
        let coupling = configuration.coupling
        var previous: [String: Double]?
        var pass = 1
        while true {
            progress.beginPass(pass, of: coupling.passes)
            let verdict = try await runPass(input, progress, until: deadline)
            guard verdict.ending == .converged, coupling.passes > 1 else { return verdict }
            let outputs = progress.outputs
            let change = previous.map { CouplingChange(from: $0, to: outputs) }
            if let change, change.isWithin(coupling) {
                return (.converged, "\(verdict.text), \(pass) passes that agree: \(change)")
            }
            guard pass < coupling.passes else {
                let text = change.map { "after \(pass) passes, \($0)" } ?? "one pass cannot agree with another"
                return (.couplingUnsettled, "\(text), beyond the tolerance of \(coupling)")
            }
            previous = outputs
            pass += 1
            try await files.run { try folder.beginNextPass() }
        }
    }

    /// Runs both programs once, the climate until it is settled.
    private func runPass(
        _ input: ModelInput, _ progress: VPLAtmosProgress, until deadline: ContinuousClock.Instant
    ) async throws -> VPLAtmosProgress.Verdict {
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
        let own = configuration.photochemistry.wallTime.map { ContinuousClock.now + $0 }
        let end = try await run(.photochemistry, within: configuration.photochemistry, progress, until: own, deadline)
        let finding = try await evaluate(.photochemistry) {
            let report = try bytes(VPLAtmosFiles.photochemistryReport)
            if end.hasDiverged { return PhotochemistryFinding(divergedIn: report) }
            return try PhotochemistryFinding(
                report: report, log: try bytes(VPLAtmosProgram.photochemistry.log),
                profile: (try? bytes(VPLAtmosFiles.mixingRatios)) ?? [], species: configuration.species)
        }
        progress.add(finding)
        return finding
    }

    /// Runs the climate, and continues it until it is settled or reaches the exploration's number of steps.
    private func runClimate(
        _ progress: VPLAtmosProgress, until deadline: ContinuousClock.Instant
    ) async throws -> ClimateFinding {
        var steps = 0
        // The climate's own limit applies to all its runs together.
        let own = configuration.climate.wallTime.map { ContinuousClock.now + $0 }
        while true {
            let finding = try await runClimate(after: steps, progress, until: own, deadline)
            steps += configuration.climateSteps
            guard !finding.isSettled, steps + configuration.climateSteps <= configuration.maxClimateSteps else {
                return finding
            }
            try await files.run { try folder.continueClimate() }
        }
    }

    /// Runs the climate program once.
    ///
    /// - Parameter steps: the number of steps of the runs that it continues.
    private func runClimate(
        after steps: Int, _ progress: VPLAtmosProgress, until own: ContinuousClock.Instant?,
        _ deadline: ContinuousClock.Instant
    ) async throws -> ClimateFinding {
        _ = try await run(.climate, after: steps, within: configuration.climate, progress, until: own, deadline)
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
        return finding
    }

    /// Runs one of the programs, within its limits and the remaining time of both programs.
    ///
    /// - Parameters:
    ///   - steps: the number of steps of the runs that it continues.
    ///   - own: the end of the program's wall time.
    ///   - deadline: the end of the wall time of both programs.
    private func run(
        _ program: VPLAtmosProgram, after steps: Int = 0, within limitsOfProgram: VPLAtmosConfiguration.ProgramLimits,
        _ progress: VPLAtmosProgress, until own: ContinuousClock.Instant?, _ deadline: ContinuousClock.Instant,
        _ onIteration: @escaping @Sendable (Int) -> Void = { _ in }
    ) async throws -> VPLAtmosProgramRun.End {
        let end = own.map { min($0, deadline) } ?? deadline
        var limits = limits
        if let wallTime = limitsOfProgram.wallTime, end == own { limits.wallTime = wallTime }
        limits.cpuTime = limitsOfProgram.cpuTime ?? limits.cpuTime
        let programRun = VPLAtmosProgramRun(
            program: program, executable: package.folder.appending(program.executable), runtime: runtime,
            environment: environment, limits: limits, isWallTimeOfRun: end != own, deadline: end, directory: directory)
        let total = program == .climate ? steps + configuration.climateSteps : nil
        let result = try await programRun.run { done in
            onIteration(done)
            report(progress.update(program, done: steps + done, total: total))
        }
        progress.add(result, of: program)
        guard var failure = result.failure else { return result }
        if program == .photochemistry, failure.kind != .timeout, let note = package.buildNote {
            failure.message += "; \(note)"
        }
        throw failure
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
