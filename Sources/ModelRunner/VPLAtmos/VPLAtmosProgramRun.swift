internal import SystemPackage

/// One run of one of the programs, in its prepared folder.
struct VPLAtmosProgramRun: Sendable {
    let program: VPLAtmosProgram
    let executable: FilePath
    let runtime: any ModelRuntime
    let environment: [String: String]
    /// The limits as they were set. The wall time is that of the program, or that of the whole run if it ends first.
    let limits: RunLimits
    /// Whether the wall time is that of the whole run.
    let isWallTimeOfRun: Bool
    /// The end of the wall time.
    let deadline: ContinuousClock.Instant
    let directory: RunDirectory

    /// The end of a run.
    struct End: Sendable {
        /// The reason why it gave no verdict; `nil` if it exited with status 0, or diverged.
        let failure: ModelFailure?
        /// Whether it was ended because its numbers turned to NaN.
        let hasDiverged: Bool
        /// Its duration in seconds.
        let seconds: Double
        /// The end of its output.
        let logTail: String
        /// The peak of its memory in bytes.
        let peakMemoryBytes: Int?
    }

    private enum Event: Sendable {
        case ended(RunEnd)
        case followed(hasDiverged: Bool)
    }

    /// The interval between two reads of the program's files.
    private static let interval = Duration.milliseconds(200)

    /// Runs the program; stops it as soon as its numbers turn to NaN.
    ///
    /// - Parameter progress: called with the number of completed iterations or steps whenever it has grown.
    /// - Throws: ``ModelFailure`` if it could not be run at all, `CancellationError` if the task was cancelled.
    func run(progress: @escaping @Sendable (Int) -> Void) async throws -> End {
        let log = try directory.createLog(named: program.log)
        defer { try? log.close() }
        let command = ModelCommand(
            words: [executable.string], environment: environment, directory: directory.path, log: program.log)
        let clock = ContinuousClock()
        let began = clock.now
        let (end, hasDiverged) = try await watch(command, progress)
        try Task.checkCancellation()
        let tail = LogTail(of: log)
        let size = FolderSize.ofRun(in: directory.path)
        let failure = hasDiverged ? nil : end.failure(of: command, limits: limits, log: tail, size: size)
        return End(
            failure: failure.map(named), hasDiverged: hasDiverged, seconds: (clock.now - began) / .seconds(1),
            logTail: tail.text, peakMemoryBytes: end.peakMemoryBytes)
    }

    private func watch(
        _ command: ModelCommand, _ progress: @escaping @Sendable (Int) -> Void
    ) async throws -> (RunEnd, hasDiverged: Bool) {
        var remaining = limits
        remaining.wallTime = max(deadline - .now, .milliseconds(1))
        return try await withThrowingTaskGroup(of: Event.self) { [remaining] group in
            group.addTask { .ended(try await runtime.run(command, limits: remaining)) }
            group.addTask { .followed(hasDiverged: await follow(progress)) }
            var hasDiverged = false
            while let event = try await group.next() {
                switch event {
                case .ended(let end):
                    group.cancelAll()
                    return (end, hasDiverged)
                case .followed(hasDiverged: let diverged):
                    hasDiverged = diverged
                    // Cancelling ends the program; its end is awaited above.
                    if diverged { group.cancelAll() }
                }
            }
            throw CancellationError()
        }
    }

    /// Reads the program's files until the task is cancelled.
    ///
    /// - Returns: true as soon as its numbers turn to NaN.
    private func follow(_ progress: @Sendable (Int) -> Void) async -> Bool {
        var follower = VPLAtmosProgramFollower(program, in: directory.path)
        var reported = 0
        while (try? await Task.sleep(for: Self.interval)) != nil {
            follower.readNewLines()
            if follower.done > reported {
                reported = follower.done
                progress(reported)
            }
            if follower.hasDiverged { return true }
        }
        return false
    }

    /// The failure with the name of the program.
    private func named(_ failure: ModelFailure) -> ModelFailure {
        var what = failure.message.replacing("the model", with: program.name, maxReplacements: 1)
        if isWallTimeOfRun {
            what = what.replacing("at its wall-time limit", with: "at the run's wall-time limit", maxReplacements: 1)
        }
        let ending = VPLAtmosCase.failure(of: program, isTimeout: failure.kind == .timeout)
        var failure = failure
        failure.message = ending.message(what)
        return failure
    }
}

/// Follows the output of one of the programs while it runs.
struct VPLAtmosProgramFollower {
    /// The number of completed iterations or steps.
    private(set) var done = 0
    /// Whether its numbers have turned to NaN, from which it never recovers.
    private(set) var hasDiverged = false

    private let program: VPLAtmosProgram
    /// The log and the report have the same lines; which comes first depends on the program's buffers.
    private var files: [GrowingFile]

    init(_ program: VPLAtmosProgram, in directory: FilePath) {
        self.program = program
        files = [program.log, program.report].map { GrowingFile(directory.pushing(FilePath($0))) }
    }

    /// Reads the new lines.
    mutating func readNewLines() {
        for index in files.indices {
            for line in files[index].newLines() { read(line) }
        }
    }

    private mutating func read(_ line: ArraySlice<UInt8>) {
        switch program {
        case .photochemistry:
            guard let step = PhotochemistryStep(line) else { return }
            done = max(done, step.iteration ?? done)
            if step.emax.isNaN { hasDiverged = true }
        case .climate:
            let step = ClimateStep(line)?.number ?? Self.stepNumber(line)
            done = max(done, step ?? done)
        }
    }

    /// The number of a step in the climate's log: `TIME STEP =    12`.
    private static func stepNumber(_ line: ArraySlice<UInt8>) -> Int? {
        let line = line.unindented
        return line.starts(with: "TIME STEP =".utf8) ? line.integer(after: "TIME STEP =") : nil
    }
}

/// A file that another process is writing, read line by line as it grows.
struct GrowingFile {
    /// The largest number of bytes in one read; the rest follows in the next.
    private static let chunk = 1 << 18

    private let path: FilePath
    private var offset: Int64 = 0
    /// The beginning of an incomplete line.
    private var rest: [UInt8] = []

    /// Creates a reader; the file need not exist yet.
    init(_ path: FilePath) {
        self.path = path
    }

    /// The lines completed since the last call. A file that cannot be read has none.
    mutating func newLines() -> [ArraySlice<UInt8>] {
        guard
            let file = try? FileDescriptor.open(path, .readOnly, options: [.noFollow, .nonBlocking, .closeOnExec])
        else { return [] }
        defer { try? file.close() }
        let start = offset
        let piece = [UInt8](unsafeUninitializedCapacity: Self.chunk) { buffer, count in
            count = (try? file.read(fromAbsoluteOffset: start, into: UnsafeMutableRawBufferPointer(buffer))) ?? 0
        }
        offset += Int64(piece.count)
        rest += piece
        guard let end = rest.lastIndex(of: UInt8(ascii: "\n")) else {
            // No line is this long; the bytes are discarded.
            if rest.count > Self.chunk { rest = [] }
            return []
        }
        let lines = rest[..<end].split(separator: UInt8(ascii: "\n"))
        rest = Array(rest[(end + 1)...])
        return lines
    }
}
