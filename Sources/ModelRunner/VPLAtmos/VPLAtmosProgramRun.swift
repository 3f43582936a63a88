internal import SystemPackage

/// One run of one of the programs, in the folder that is prepared for it.
struct VPLAtmosProgramRun: Sendable {
    let program: VPLAtmosProgram
    /// The executable.
    let executable: FilePath
    let runtime: any ModelRuntime
    let environment: [String: String]
    let limits: RunLimits
    let directory: RunDirectory

    /// How it ended.
    struct End: Sendable {
        /// Why it gave no verdict; nil where it exited with status 0, or diverged.
        let failure: ModelFailure?
        /// Whether it was ended because its numbers were none any more.
        let hasDiverged: Bool
        /// How long it took, in seconds.
        let seconds: Double
        /// The end of what it printed.
        let logTail: String
        /// The most memory that it was seen to hold, in bytes.
        let peakMemoryBytes: Int?
    }

    private enum Event: Sendable {
        case ended(RunEnd)
        case followed(hasDiverged: Bool)
    }

    /// How often the program's files are looked at.
    private static let interval = Duration.milliseconds(200)

    /// Runs the program; ends it at once when its numbers are none any more.
    ///
    /// - Parameter progress: told how many iterations or steps are done, when there are more.
    /// - Throws: ``ModelFailure`` where it could not be run at all, `CancellationError` where the task was cancelled.
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
        try await withThrowingTaskGroup(of: Event.self) { group in
            group.addTask { .ended(try await runtime.run(command, limits: limits)) }
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

    /// Looks at the program's files until the task is cancelled.
    ///
    /// - Returns: true at once when its numbers are none any more.
    private func follow(_ progress: @Sendable (Int) -> Void) async -> Bool {
        var follower = VPLAtmosProgramFollower(program, in: directory.path)
        var reported = 0
        while (try? await Task.sleep(for: Self.interval)) != nil {
            follower.look()
            if follower.done > reported {
                reported = follower.done
                progress(reported)
            }
            if follower.hasDiverged { return true }
        }
        return false
    }

    /// Says which of the two programs it was.
    private func named(_ failure: ModelFailure) -> ModelFailure {
        let what = failure.message.replacing("The model", with: program.name, maxReplacements: 1)
        let ending = VPLAtmosCase.failure(of: program, isTimeout: failure.kind == .timeout)
        return ModelFailure(
            kind: failure.kind, message: ending.message(what), logTail: failure.logTail,
            peakMemoryBytes: failure.peakMemoryBytes)
    }
}

/// Follows what one of the programs prints while it runs.
struct VPLAtmosProgramFollower {
    /// How many iterations or steps it has done.
    private(set) var done = 0
    /// Whether its numbers are none any more, from which it never recovers.
    private(set) var hasDiverged = false

    private let program: VPLAtmosProgram
    /// The same is in the log and in the report; whichever the program's buffers let out first.
    private var files: [GrowingFile]

    init(_ program: VPLAtmosProgram, in directory: FilePath) {
        self.program = program
        files = [program.log, program.report].map { GrowingFile(directory.pushing(FilePath($0))) }
    }

    /// Reads what is new.
    mutating func look() {
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
            let step = ClimateStep(line)?.number ?? Self.announced(line)
            done = max(done, step ?? done)
        }
    }

    /// The climate's log announces each step: `TIME STEP =    12`.
    private static func announced(_ line: ArraySlice<UInt8>) -> Int? {
        let line = line.unindented
        return line.starts(with: "TIME STEP =".utf8) ? line.integer(after: "TIME STEP =") : nil
    }
}

/// A file that another process is writing, read line by line as it grows.
struct GrowingFile {
    /// The most that is read at one look; the rest comes at the next.
    private static let chunk = 1 << 18

    private let path: FilePath
    private var offset: Int64 = 0
    /// What was read of a line that had not been ended yet.
    private var rest: [UInt8] = []

    /// The file need not be there yet.
    init(_ path: FilePath) {
        self.path = path
    }

    /// The lines that have been ended since the last look. A file that cannot be read has none.
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
            // No line is as long as this: whatever it is, it is not kept.
            if rest.count > Self.chunk { rest = [] }
            return []
        }
        let lines = rest[..<end].split(separator: UInt8(ascii: "\n"))
        rest = Array(rest[(end + 1)...])
        return lines
    }
}
