internal import SystemPackage

/// Follows what one of the programs prints while it runs.
struct ProgramFollower {
    /// How many iterations or steps it has done.
    private(set) var done = 0
    /// Whether its numbers are none any more, from which it never recovers.
    private(set) var hasDiverged = false

    private let program: AtmosProgram
    /// The same is in the log and in the report; whichever the program's buffers let out first.
    private var files: [GrowingFile]

    init(_ program: AtmosProgram, in directory: FilePath) {
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
