internal import FoundationEssentials
internal import Glibc
internal import ModelRunner
internal import SystemPackage

/// Takes the time of runs.
struct RunTimes {
    let folder: FilePath

    private static let input = ModelInput(
        hash: String(repeating: "0", count: 64), code: "0.21,4.0e-4",
        values: [NamedValue(name: "O2", value: "0.21"), NamedValue(name: "CO2", value: "4.0e-4")])
    /// Beginnings do not count: a supervisor or a container that is started for many runs.
    private static let warmUp = 3

    /// The milliseconds of each run of a model, from a fresh run directory to a result that has been read.
    func times(of model: any Model, runs: Int) async throws -> [Double] {
        var times: [Double] = []
        for run in -Self.warmUp..<runs {
            let directory = try freshDirectory()
            let start = ContinuousClock.now
            _ = try await model.run(Self.input, limits: RunLimits(), parent: nil, directory: directory)
            if run >= 0 { times.append((ContinuousClock.now - start) / .milliseconds(1)) }
            try FileManager.default.removeItem(atPath: directory.string)
        }
        return times
    }

    /// The milliseconds that the program takes by itself in the middle case: spawned and waited for by the C library.
    func ownTime(of program: String, runs: Int) throws -> Double {
        var times: [Double] = []
        let directory = try freshDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory.string) }
        guard chdir(directory.string) == 0 else { throw Errno(rawValue: errno) }
        defer { chdir("/") }
        for _ in 0..<runs {
            let start = ContinuousClock.now
            var process: pid_t = 0
            var arguments = [strdup(program), nil]
            defer { free(arguments[0]) }
            let error = posix_spawn(&process, program, nil, nil, &arguments, environ)
            guard error == 0 else { throw Errno(rawValue: error) }
            waitpid(process, nil, 0)
            times.append((ContinuousClock.now - start) / .milliseconds(1))
        }
        return times.sorted()[times.count / 2]
    }

    private func freshDirectory() throws -> FilePath {
        let directory = folder.appending("run-\(UInt64.random(in: 0...UInt64.max))")
        try FileManager.default.createDirectory(atPath: directory.string, withIntermediateDirectories: true)
        return directory
    }
}
