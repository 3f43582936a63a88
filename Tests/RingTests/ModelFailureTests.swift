import Testing

@Suite("A model that misbehaves", .serialized, .timeLimit(.minutes(10)))
struct ModelFailureTests {
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
        "leaves its error in the ledger, in the summary and in the exit status",
        arguments: [
            ("crashes", "kill -SEGV $$", 20, "SIGSEGV"),
            ("fails", "echo no convergence >&2; exit 3", 20, "no convergence"),
            ("hangs", "sleep 1000", 1, "timeout"),
            ("writes broken JSON", "echo '{\"verdict\": ' > result.json", 20, "result_invalid"),
            ("writes no result", "true", 20, "result_missing"),
            ("writes another verdict", "echo '{\"verdict\": \"maybe\", \"outputs\": {}}' > result.json", 20, "maybe"),
            ("prints a hundred megabytes", "yes a hundred megabytes | head -c 100000000", 20, "output_limit"),
        ])
    func failure_isRecorded(what: String, script: String, seconds: Int, word: String) async throws {
        let run = try ExplorationFixture(
            Self.yaml(command: "[./model.sh]", seconds: seconds), files: ["model.sh": "#!/bin/sh\n\(script)\n"])
        let ended = try await run.explore()
        #expect(ended.status == 1, "\(ended)")
        #expect(ended.output.contains("errors, the most frequent first:"), "\(ended)")
        #expect(ended.output.contains("'atmos retry --exploration hostile'"), "\(ended)")
        let history = try await run.read("show", ["0"])
        #expect(history.output.contains("state: error"), "\(history)")
        #expect(history.output.contains(word), "\(word) in \(history)")
    }

    @Test("or is missing is reported before anything is started")
    func missingModel_isReportedFirst() async throws {
        let run = try ExplorationFixture(Self.yaml(command: "[./no-such-model]"))
        let ended = try await run.explore()
        #expect(ended.status == 78, "\(ended)")
        #expect(ended.errors.contains("no-such-model"), "\(ended)")
    }

    @Test("once is retried, and the history shows each attempt")
    func transientFailure_isRetried() async throws {
        let script = """
            #!/bin/sh
            if [ ! -e ../../seen ]; then touch ../../seen; exit 9; fi
            echo '{"verdict": "unstable", "message": "settled", "outputs": {"height": 4}}' > result.json
            """
        let run = try ExplorationFixture(
            Self.yaml(command: "[./model.sh]").replacing("attempts: 1", with: "attempts: 3"),
            files: ["model.sh": script])
        let ended = try await run.explore()
        #expect(ended.status == 0, "\(ended)")
        let history = try await run.read("show", ["0"])
        #expect(history.output.contains("verdict: unstable"), "\(history)")
        #expect(history.output.contains("height: 4"), "\(history)")
        #expect(history.output.contains("exit 9"), "\(history)")
    }
}

@Suite("A warm start", .timeLimit(.minutes(10)))
struct WarmStartTests {
    /// A model whose warm start fails at 2 and is unstable at 3, and whose cold start is stable up to 3.
    private static let model = """
        #!/bin/sh
        x=$(grep -o '"x": *[0-9.]*' point.json | grep -o '[0-9.]*$')
        echo "$x" > state
        verdict=stable
        if [ "$x" -gt 3 ]; then verdict=unstable; fi
        if [ -f parent/state ]; then
            case "$x" in
                2) echo 'no convergence' >&2; exit 3 ;;
                3) verdict=unstable ;;
            esac
            message="from $(cat parent/state)"
        fi
        echo "{\\"verdict\\": \\"$verdict\\", \\"message\\": \\"$message\\", \\"outputs\\": {}}" > result.json
        """

    @Test("that fails or is unstable is followed by a cold start in the same attempt, whose result counts")
    func failedWarmStart_isFollowedByColdStart() async throws {
        let run = try ExplorationFixture(
            """
            name: line
            parameters:
              - {name: x, kind: scalar, start: 0, axis: {step: 1, minimum: 0, maximum: 9}}
            model: {adapter: command, command: [./model.sh], artifacts: [state]}
            """, files: ["model.sh": Self.model])
        let ended = try await run.explore()
        #expect(ended.status == 0, "\(ended)")
        let expected = ["0": "stable", "1": "stable", "2": "stable", "3": "stable", "4": "unstable"]
        let rows = try await run.read(
            "query",
            [
                "--format", "csv",
                """
                SELECT r.code, r.verdict, r.attempt_count, p.code, a.message FROM line r
                LEFT JOIN line p ON p.hash = r.parent JOIN attempts a ON a.hash = r.hash ORDER BY r.code
                """,
            ])
        let lines = rows.output.split(separator: "\n").dropFirst().map(String.init)
        #expect(lines.count == 5, "\(rows)")
        for (index, line) in lines.enumerated() {
            let parent = index == 0 ? "" : "\(index - 1)"
            #expect(line.hasPrefix("\(index),\(expected["\(index)"]!),1,\(parent),"), "\(line)")
        }
        #expect(lines[1].hasSuffix("from 0"), "\(lines[1])")
        for (index, word) in [(2, "exit"), (3, "unstable"), (4, "unstable")] {
            #expect(lines[index].contains("a cold start, after the warm start from"), "\(lines[index])")
            #expect(lines[index].contains(word), "\(lines[index])")
        }
    }
}
