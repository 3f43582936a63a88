import Testing

@Suite("A model that misbehaves", .serialized)
struct BadModelTests {
    private static func yaml(command: String, seconds: Int = 20) -> String {
        """
        name: hostile
        parameters:
          - {name: x, kind: scalar, start: 0, axis: {step: 1, minimum: -1, maximum: 1}}
        model:
          adapter: command
          command: \(command)
          outputs: [{name: height, unit: m, description: how high}]
        run: {attempts: 1, wall_time_seconds: \(seconds), output_mib: 1}
        """
    }

    @Test(
        "leaves its error in the ledger and in the summary, and the exit status says so",
        arguments: [
            ("crashes", "kill -SEGV $$", 20, "SIGSEGV"),
            ("fails", "echo no convergence >&2; exit 3", 20, "no convergence"),
            ("hangs", "sleep 1000", 1, "timeout"),
            ("writes broken JSON", "echo '{\"verdict\": ' > result.json", 20, "result_invalid"),
            ("writes no result", "true", 20, "result_missing"),
            ("writes another verdict", "echo '{\"verdict\": \"maybe\", \"outputs\": {}}' > result.json", 20, "maybe"),
            ("prints a hundred megabytes", "yes a hundred megabytes | head -c 100000000", 20, "output_limit"),
        ])
    func misbehaves(what: String, script: String, seconds: Int, word: String) async throws {
        let run = try LocalRun(
            Self.yaml(command: "[./model.sh]", seconds: seconds), files: ["model.sh": "#!/bin/sh\n\(script)\n"])
        let ended = try await run.explore()
        #expect(ended.status == 1, "\(ended)")
        #expect(ended.output.contains("errors, the most frequent first:"), "\(ended)")
        let history = try await run.read("show", ["0"])
        #expect(history.output.contains("state: error"), "\(history)")
        #expect(history.output.contains(word), "\(word) in \(history)")
    }

    @Test("or is not there at all is named before anything is started")
    func missing() async throws {
        let run = try LocalRun(Self.yaml(command: "[./no-such-model]"))
        let ended = try await run.explore()
        #expect(ended.status == 78, "\(ended)")
        #expect(ended.errors.contains("no-such-model"), "\(ended)")
    }

    @Test("only now and then is tried again, and the history shows each attempt")
    func triedAgain() async throws {
        let script = """
            #!/bin/sh
            if [ ! -e ../../seen ]; then touch ../../seen; exit 9; fi
            echo '{"verdict": "unstable", "message": "settled", "outputs": {"height": 4}}' > result.json
            """
        let run = try LocalRun(
            Self.yaml(command: "[./model.sh]").replacing("attempts: 1", with: "attempts: 3"),
            files: ["model.sh": script])
        let ended = try await run.explore()
        #expect(ended.status == 0, "\(ended)")
        let history = try await run.read("show", ["0"])
        #expect(history.output.contains("verdict: unstable") && history.output.contains("height: 4"), "\(history)")
        #expect(history.output.contains("exit 9"), "\(history)")
    }
}
