import Testing

@Suite("A warm start")
struct WarmStartTests {
    /// Warm, 2 fails and 3 is unstable; cold, all up to 3 are stable.
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

    @Test("that fails or finds no stable state is followed by a cold one in the same attempt, which decides")
    func coldStart() async throws {
        let run = try LocalRun(
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
