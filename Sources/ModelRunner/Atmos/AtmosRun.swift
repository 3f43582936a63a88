internal import Support
internal import Synchronization
internal import SystemPackage

/// One attempt at one point: the folder, the photochemistry, the climate, the verdict.
struct AtmosRun: Sendable {
    let package: AtmosPackage
    let configuration: AtmosConfiguration
    let runtime: any ModelRuntime
    let environment: [String: String]
    let limits: RunLimits
    let directory: RunDirectory
    let progress: ModelProgressReport

    /// Runs both programs; see ``Model``.
    func run(_ input: ModelInput, parent: FilePath?) async throws -> ModelResult {
        try Task.checkCancellation()
        let folder = AtmosRunFolder(
            directory: directory, package: package, climateSteps: configuration.climateSteps,
            byteLimit: limits.outputBytes)
        let start = try await FileWork.run {
            try directory.prepare(input, limits: limits, parent: parent)
            return try folder.prepare(input)
        }
        let course = AtmosCourse(start: start)
        do {
            let verdict = try await verdict(course)
            let artifacts = try await FileWork.run { try AtmosArtifacts.collect(in: directory.path) }
            return course.result(verdict, artifacts: artifacts)
        } catch is CancellationError {
            throw CancellationError()
        } catch let failure as ModelFailure {
            // What a failed run left may be kept too. That it failed is what counts, so nothing else is said of these files.
            _ = try? await FileWork.run { try AtmosArtifacts.collect(in: directory.path) }
            throw course.completed(failure)
        }
    }

    private func verdict(_ course: AtmosCourse) async throws -> AtmosCourse.Verdict {
        let deadline = ContinuousClock.now + limits.wallTime
        let chemistry = try await runPhotochemistry(course, until: deadline)
        guard chemistry.isConverged else { return (.photochemistryNonconverged, chemistry.text) }
        let climate = try await runClimate(course, until: deadline)
        return climate.isSettled
            ? (.converged, "\(chemistry.text), \(climate.text)") : (.climateUnsettled, climate.text)
    }

    private func runPhotochemistry(
        _ course: AtmosCourse, until deadline: ContinuousClock.Instant
    ) async throws -> PhotochemistryFinding {
        let end = try await run(.photochemistry, configuration.photochemistry, course, until: deadline)
        course.add(AtmosOutputs.photochemistrySeconds, end.seconds)
        let finding = try await judge(.photochemistry) {
            let report = try bytes(AtmosFiles.photochemistryReport)
            if end.hasDiverged { return PhotochemistryFinding(divergedIn: report) }
            return try PhotochemistryFinding(
                report: report, log: try bytes(AtmosProgram.photochemistry.log),
                profile: (try? bytes(AtmosFiles.mixingRatios)) ?? [])
        }
        course.add(finding)
        return finding
    }

    private func runClimate(
        _ course: AtmosCourse, until deadline: ContinuousClock.Instant
    ) async throws -> ClimateFinding {
        let end = try await run(.climate, configuration.climate, course, until: deadline)
        course.add(AtmosOutputs.climateSeconds, end.seconds)
        let finding = try await judge(.climate) {
            for file in [AtmosFiles.photochemistryEnd, AtmosFiles.climateEnd]
            where !SmallFile.hasContent(directory.path.pushing(FilePath(file))) {
                throw AtmosProblem(description: "\(file), which neighbours start from, is missing or empty")
            }
            return try ClimateFinding(
                report: try bytes(AtmosFiles.climateReport), log: try bytes(AtmosProgram.climate.log),
                configuration: configuration)
        }
        course.add(finding)
        return finding
    }

    /// Runs one of the programs, for at most what is left of the time of both.
    private func run(
        _ program: AtmosProgram, _ own: AtmosConfiguration.ProgramLimits, _ course: AtmosCourse,
        until deadline: ContinuousClock.Instant
    ) async throws -> ProgramRun.End {
        var limits = limits
        limits.wallTime = max(min(deadline - .now, own.wallTime ?? limits.wallTime), .milliseconds(1))
        limits.cpuTime = own.cpuTime ?? limits.cpuTime
        let run = ProgramRun(
            program: program, executable: package.folder.appending(program.executable), runtime: runtime,
            environment: environment, limits: limits, directory: directory)
        let total = program == .climate ? configuration.climateSteps : nil
        let end = try await run.run { done in progress(course.progress(of: program, done: done, total: total)) }
        course.add(end)
        if let failure = end.failure { throw failure }
        return end
    }

    private func judge<Finding: Sendable>(
        _ program: AtmosProgram, _ finding: @escaping @Sendable () throws -> Finding
    ) async throws -> Finding {
        do {
            return try await FileWork.run(finding)
        } catch let problem as AtmosProblem {
            let ending = AtmosCase.failure(of: program, isTimeout: false)
            throw ModelFailure(
                kind: .resultInvalid,
                message: ending.message("\(program.name) exited with status 0, but \(problem.description)."))
        }
    }

    /// What a program left in a file.
    private func bytes(_ file: String) throws(AtmosProblem) -> [UInt8] {
        do {
            return try SmallFile.read(directory.path.pushing(FilePath(file)), limit: limits.outputBytes)
        } catch {
            throw AtmosProblem(description: "\(file) \(error)")
        }
    }
}
