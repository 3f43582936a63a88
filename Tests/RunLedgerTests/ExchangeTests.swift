import Foundation
import Subprocess
import Support
import SystemPackage
import TestSupport
import Testing

@testable import RunLedger

/// Runs of every kind, and texts that are hard to escape.
struct StrangeRuns {
    static let texts = [
        "plain", "", "with, comma and \"quotes\"", "two\nlines\r\nand a\ttab", "null", "NULL", " blanks ",
        "back\\slash \\n",
        "<TD>&amp;]]></TD>", "ä “quoted” 😀", "# comment", "'; DROP TABLE test_earth; --", "|bar|", "\u{1B}[31mred",
    ]

    static let schema = ExplorationSchema(
        name: "test-earth", table: "test_earth",
        parameters: [
            .init(name: "CO2", unit: "mol/mol", description: "carbon “dioxide”, at the <surface>"), .init(name: "CH4"),
        ],
        outputs: [
            .init(name: "surface_temperature", unit: "K", description: "temperature"),
            .init(name: "flux", unit: "W m-2 K-1", description: "| bars | and 'quotes'"),
            .init(name: "star", unit: "S0", description: "of today's"), .init(name: "pressure", unit: "bar"),
        ],
        digest: "abc123", definition: "name: test-earth # \"x\"\n  - é: \\n\n")

    static func fill(_ ledger: RunLedger) async throws {
        let table = schema.table
        let numbers = Array(0..<210)
        _ = try await ledger.insertQueued(
            numbers.map { Sample.point($0, parent: $0 == 0 ? nil : Sample.hash(0)) }, into: table)
        let values: [Double?] = [
            0.1, -1e-300, .leastNonzeroMagnitude, .greatestFiniteMagnitude, 1 / 3, nil, 0, -0.0, 287.123456789012345,
        ]
        let completed = numbers.filter { $0 % 3 == 0 }.map { number in
            var record = Sample.completed(
                number, verdict: number % 2 == 0 ? .stable : .unstable,
                outputs: (0..<4).map { values[(number + $0) % values.count] })
            record.message = texts[number % texts.count]
            record.artifact = number % 4 == 0 ? nil : "file:///a b/\(number)"
            record.iterations = number % 5 == 0 ? nil : number
            return record
        }
        _ = try await ledger.recordCompleted(completed, in: table)
        let failures = numbers.filter { $0 % 3 == 1 }.map { number in
            var record = Sample.failure(number, token: UInt64(number) + 1)
            record.message = texts[number % texts.count]
            return record
        }
        try await ledger.recordFailures(failures, in: table)
    }
}

@Suite("Exporting and importing runs")
struct ExchangeTests {
    private func filled() async throws -> RunLedger {
        let ledger = try await LedgerFixture(schema: StrangeRuns.schema).ledger
        try await StrangeRuns.fill(ledger)
        return ledger
    }

    private func export(_ ledger: RunLedger, _ format: ExchangeFormat, to path: String) async throws -> String {
        var text = ""
        let count = try await ledger.exportRuns(of: StrangeRuns.schema.table, as: format) { text += $0 }
        #expect(count == 210)
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return text
    }

    private func rows(_ ledger: RunLedger) async throws -> [[Cell]] {
        try await ledger.query("SELECT * FROM test_earth ORDER BY hash").rows
    }

    @Test("an exported file is imported without loss, in every format", arguments: ExchangeFormat.allCases)
    func exportAndImport_roundTrip(format: ExchangeFormat) async throws {
        let folder = try TemporaryFolder()
        let path = folder.path.appending("runs.\(format.rawValue)").string
        let ledger = try await filled()
        let text = try await export(ledger, format, to: path)
        let file = try RunFile(path: path, format: format)
        #expect(file.schema == StrangeRuns.schema)
        #expect(file.runs == 210)
        let fresh = try await LedgerFixture(schema: file.schema).ledger
        #expect(try await fresh.importRuns(from: file) == 210)
        var expected = try await rows(ledger)
        if format == .vot {
            // XML cannot represent most control characters.
            expected = expected.map {
                $0.map { cell in
                    if case .text(let text) = cell { .text(text.replacing("\u{1B}", with: "\u{FFFD}")) } else { cell }
                }
            }
        }
        #expect(try await rows(fresh) == expected)
        if format != .vot { #expect(try await export(fresh, format, to: path) == text) }
        let again = await #expect(throws: LedgerError.self) { try await fresh.importRuns(from: file) }
        #expect(again?.code == .schemaConflict)
    }

    @Test("a broken file is refused with the line, and nothing is imported", arguments: ExchangeFormat.allCases)
    func brokenFile_isRefusedWithLine(format: ExchangeFormat) async throws {
        let folder = try TemporaryFolder()
        let path = folder.path.appending("runs").string
        let ledger = try await filled()
        let text = try await export(ledger, format, to: path)
        let fresh = try await LedgerFixture(schema: StrangeRuns.schema).ledger
        let breaks: [(String, String)] = [
            (text.replacing("completed", with: "compleeed", maxReplacements: 40), "'state'"),
            (String(text.dropLast(text.count / 3)), "line"),
            (text.replacing("stable", with: "stxble", maxReplacements: 30), "'verdict'"),
            (text + (format == .vot ? "" : String(text.split(separator: "\n").last! + "\n")), "211 of 210"),
            (text.replacing("2023-11-14T", with: "2023-13-14T", maxReplacements: 30), "_at'"),
        ]
        for (index, (bad, part)) in breaks.enumerated() where bad != text {
            try bad.write(toFile: path, atomically: true, encoding: .utf8)
            let error = await #expect(throws: LedgerError.self, "\(index)") {
                try await fresh.importRuns(from: RunFile(path: path, format: format))
            }
            #expect(error?.code == .invalidFile, "\(index): \(error?.message ?? "")")
            #expect(error?.message.contains(part) == true, "\(index): \(error?.message ?? "")")
            #expect(try await fresh.progress(of: "test_earth") == LedgerProgress())
        }
    }

    @Test("a filter restricts the export, and a check can refuse the import")
    func filterAndCheck_areApplied() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path.appending("runs.csv").string
        let ledger = try await filled()
        var text = ""
        let filter = RunFilter(verdicts: [.stable], condition: try RunCondition("CO2 < 0.1"))
        let count = try await ledger.exportRuns(of: "test_earth", filter, as: .csv) { text += $0 }
        #expect(count == 17, "\(count)")
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        let fresh = try await LedgerFixture(schema: StrangeRuns.schema).ledger
        let error = await #expect(throws: LedgerError.self) {
            try await fresh.importRuns(from: RunFile(path: path, format: .csv)) { _, code in
                code == "0.96,1.63e-6" ? "rejected by the check" : nil
            }
        }
        #expect(error?.message.contains("rejected by the check") == true)
        #expect(try await fresh.progress(of: "test_earth").total == 0)
    }

    @Test(
        "the history of runs is exported, attempt by attempt, and cannot be imported",
        arguments: ExchangeFormat.allCases)
    func attempts_areExported(format: ExchangeFormat) async throws {
        let folder = try TemporaryFolder()
        let path = folder.path.appending("attempts").string
        let fixture = try await LedgerFixture()
        let ledger = fixture.ledger
        let table = LedgerFixture.table
        _ = try await ledger.insertQueued((0..<30).map { Sample.point($0) }, into: table)
        try await ledger.recordRunning((0..<30).map { Sample.running($0, token: 1) }, in: table)
        var failure = Sample.failure(3, token: 2, attempt: 2)
        failure.message = "it said: \"no\",\n<again>"
        try await ledger.recordFailures([failure], in: table)
        _ = try await ledger.recordCompleted([Sample.completed(3, token: 5, attempt: 3)], in: table)

        var text = ""
        let all = try await ledger.exportAttempts(of: table, as: format) { text += $0 }
        #expect(all == 32)
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        let error = #expect(throws: LedgerError.self) { try RunFile(path: path, format: format) }
        #expect(error?.message.contains("holds attempts, not runs") == true, "\(error?.message ?? "")")

        text = ""
        let filter = RunFilter(states: [.completed], condition: try RunCondition("worker = 'worker-5'"))
        #expect(try await ledger.exportAttempts(of: table, filter, as: format) { text += $0 } == 3)
        #expect(text.contains("\"log_tail\"") == (format == .csv || format == .jsonl) || format == .vot)
        for word in [
            "attempt", "lost", "error", "completed", "worker-2", "host-5", "0.3,1.63e-6", "exit 0", "12345678",
        ] {
            #expect(text.contains(word), "\(word) in \(text)")
        }
        if format == .jsonl {
            let lines = text.split(separator: "\n").dropFirst().map { line in
                try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            }
            #expect(lines.map { $0?["token"] as? Int } == [1, 2, 5])
            #expect(lines.map { $0?["state"] as? String } == ["lost", "error", "completed"])
            #expect(lines.map { $0?["log_tail"] as? String } == [nil, "…last line 2", "settled\n"])
            #expect(lines[1]?["message"] as? String == failure.message)
            #expect(lines[1]?["started_at"] as? String == "2023-11-14T22:13:20.000002")
        }
    }

    @Test("units become VOUnits, if they have that form")
    func units_becomeVOUnits() {
        for (unit, expected) in [
            ("K", "K"), ("", ""), ("1", ""), ("kg m-2", "kg.m**-2"), ("W m-2 K-1", "W.m**-2.K**-1"),
            ("W/m2", "W.m**-2"),
            ("mol/mol", "mol.mol**-1"), ("hPa", "hPa"), ("bar", "'bar'"), ("m s-1", "m.s**-1"),
        ] { #expect(VOUnit(unit)?.text == expected, "\(unit)") }
        for unit in ["S0", "%", "10 K", "m^2", "°C", "/"] { #expect(VOUnit(unit) == nil, "\(unit)") }
    }
}

/// The Python environment into which scripts/test installs astropy.
enum AstropyPython {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    static let path = root.appending(path: ".build/python/bin/python").path
}

@Suite(
    "Astropy",
    .enabled(if: FileManager.default.isExecutableFile(atPath: AstropyPython.path), "scripts/test installs it"))
struct AstropyTests {
    @Test("reads every value, unit and description of an exported table")
    func astropy_readsExports() async throws {
        let ledger = try await LedgerFixture(schema: StrangeRuns.schema).ledger
        try await StrangeRuns.fill(ledger)
        let folder = try TemporaryFolder()
        for format in ExchangeFormat.allCases {
            var text = ""
            _ = try await ledger.exportRuns(of: "test_earth", as: format) { text += $0 }
            try text.write(
                toFile: folder.path.appending("runs.\(format.rawValue)").string, atomically: true, encoding: .utf8)
        }
        let script = AstropyPython.root.appending(path: "Tests/RunLedgerTests/read_back.py").path
        let result = try await Subprocess.run(
            .path(.init(AstropyPython.path)), arguments: [script, folder.path.string], output: .string(limit: 1 << 16),
            error: .combinedWithOutput)
        #expect(result.terminationStatus.isSuccess, "\(result.standardOutput)")
    }
}
