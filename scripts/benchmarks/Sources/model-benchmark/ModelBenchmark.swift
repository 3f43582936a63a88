internal import FoundationEssentials
internal import ModelRunner
internal import SystemPackage

/// Measures the overhead of a run: as a process, in a container that serves many runs, and in a container for one run. For
/// `scripts/bench model`.
///
/// Usage: model-benchmark PROGRAM FOLDER REPORT [IMAGE]
///
/// PROGRAM writes a result at once, and is also `/model` in IMAGE. Run directories are created in FOLDER. REPORT is the file
/// for the times as JSON.
@main
struct ModelBenchmark {
    static func main() async throws {
        let words = CommandLine.arguments
        guard words.count == 4 || words.count == 5 else {
            throw UsageError(description: "usage: model-benchmark PROGRAM FOLDER REPORT [IMAGE]")
        }
        let runTimes = RunTimes(folder: FilePath(words[2]), program: words[1])
        var rows = [Row(name: "process", try await runTimes.measure(process(words[1]), runs: 400))]
        if words.count == 5 {
            let engine = try engine()
            for (name, settings, runs) in [
                ("persistent container", ContainerSettings(runs: .max), 400),
                ("container per run", ContainerSettings(), 20),
            ] {
                let model = try await ContainerModel(
                    image: words[4], command: ["/model"], engine: engine, settings: settings, outputs: [])
                rows.append(Row(name: name, try await runTimes.measure(model, runs: runs)))
                await model.close()
            }
        }
        print(Row.table(rows))
        try Row.json(rows).write(toFile: words[3], atomically: true, encoding: .utf8)
    }

    private static func process(_ program: String) throws -> CommandModel {
        try CommandModel(name: "tiny", command: [program], outputs: [])
    }

    private static func engine() throws -> ContainerEngine {
        func words(_ variable: String) -> [String] {
            (ProcessInfo.processInfo.environment[variable] ?? "").split(separator: " ").map(String.init)
        }
        return try ContainerEngine(
            .podman, options: words("ATMOS_CONTAINER_OPTIONS"), runOptions: words("ATMOS_CONTAINER_RUN_OPTIONS"))
    }
}

/// A wrong command line.
struct UsageError: Error, CustomStringConvertible {
    let description: String
}
