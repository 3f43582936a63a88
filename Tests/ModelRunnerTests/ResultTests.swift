import Glibc
import Support
import SystemPackage
import TestSupport
import Testing

@testable import ModelRunner

/// The results that a worker accepts and refuses.
@Suite("A model's result")
struct ResultTests {
    let fixture: ModelFixture
    let directory: FilePath

    init() throws {
        fixture = try ModelFixture()
        directory = try fixture.runDirectory()
    }

    private func result(_ text: String, artifacts: [String] = []) throws -> ModelResult {
        try fixture.write(text, to: "\(directory.lastComponent!.string)/result.json")
        return try RunDirectory(directory).result(outputs: ModelFixture.outputs, artifacts: artifacts)
    }

    private func refusal(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> String {
        let failure = #expect(throws: ModelFailure.self, sourceLocation: sourceLocation) { try result(text) }
        #expect(failure?.kind == .resultInvalid, sourceLocation: sourceLocation)
        return failure?.message ?? ""
    }

    @Test("a verdict and the declared outputs are a result")
    func minimalResult_isRead() throws {
        let result = try result(#"{"verdict": "unstable", "outputs": {"t": 1e3, "more": 5}}"#)
        #expect(result == ModelResult(verdict: .unstable, message: "", outputs: ["t": 1000]))
    }

    @Test("an output that is null is absent")
    func nullOutput_isAbsent() throws {
        let text = #"{"verdict": "unstable", "message": null, "iterations": null, "outputs": {"t": null}}"#
        #expect(try result(text).outputs.isEmpty)
    }

    @Test("a long message is cut")
    func longMessage_isCut() throws {
        let message = String(repeating: "é", count: 5000)
        let result = try result(#"{"verdict": "stable", "message": "\#(message)", "outputs": {"t": 1}}"#)
        #expect(result.message.count == RunDirectory.maxMessageLength)
    }

    @Test(
        "the error of invalid JSON contains its line and column",
        arguments: [
            ("", "line 1, column 1: expected a value, found the end"), ("{", "line 1, column 2: expected a name"),
            ("stable", "line 1, column 1: stable is"),
            (
                "{\"verdict\": \"stable\",\n \"outputs\": {\"t\": NaN}}",
                "line 2, column 19: NaN is not a number in JSON; write null"
            ),
            (
                "{\"verdict\": \"stable\", \"outputs\": {\"t\": -Infinity}}",
                "column 40: -Infinity is not a number in JSON; write null"
            ),
            (
                "{\"verdict\": \"stable\", \"outputs\": {\"t\": .5}}",
                "column 40: .5 is not a number in JSON; write numbers like"
            ),
            ("{\"outputs\": {\"t\": 5.36-102}}", "column 19: 5.36-102 is not a number in JSON; write numbers like"),
            ("{\"outputs\": {\"t\": 287.}}", "column 19: 287. is not a number in JSON; write numbers like"),
            ("{\"outputs\": {\"t\": ********}}", "column 19: ******** is not a number, true, false or null"),
            ("{\"outputs\": {\"t\": 1e999}}", "column 19: 1e999 is too large"),
            ("{\"outputs\": {\"t\": }}", "column 19: expected a value"),
            ("{\"verdict\": \"stable\" \"outputs\": {}}", "column 22: expected a comma or a closing brace"),
            ("{\"verdict\": \"stable\",}", "column 22: expected a name in double quotes"),
            ("{\"verdict\": \"stable\"} and more", "column 23: unexpected text after the value"),
            ("{\"verdict\": \"stable\", \"verdict\": \"unstable\"}", "column 23: duplicate name \"verdict\""),
            ("{\"verdict\": \"sta", "column 13: unterminated string"),
            ("{\"a\": [1 2]}", "column 10: expected a comma or a closing bracket"),
            ("{\"a\": \"\\x\"}", "column 8: invalid escape"),
            ("{\"a\": \"\\ud83c\"}", "column 8: incomplete surrogate pair"),
            ("{\"a\": \"\\u12g4\"}", "column 8: expected four hexadecimal digits"),
            ("{\"a\": \"\n\"}", "column 8: control characters"),
            ("\u{0}\u{0}\u{0}", "line 1, column 1"),
        ])
    func invalidJSON_isRefusedWithPlace(text: String, place: String) throws {
        let message = try refusal(text)
        #expect(message.contains("result.json is not valid: invalid JSON at line"))
        #expect(message.contains(place), "\(message)")
    }

    @Test(
        "the error of JSON with an invalid structure contains the reason",
        arguments: [
            ("[]", "it is not an object"),
            ("{}", #"it has no "verdict", which must be "stable" or "unstable""#),
            (
                #"{"verdict": "Stable", "outputs": {"t": 1}}"#,
                #""verdict" is "Stable"; it must be "stable" or "unstable""#
            ),
            (#"{"verdict": 1, "outputs": {"t": 1}}"#, #""verdict" is not a text"#),
            (#"{"verdict": null}"#, #""verdict" is not a text"#),
            (#"{"verdict": "stable", "message": 5}"#, #""message" is not a text"#),
            (#"{"verdict": "stable", "outputs": {"t": "287"}}"#, #""outputs": "t" is neither a number nor null"#),
            (#"{"verdict": "stable", "outputs": {"t": true}}"#, #""outputs": "t" is neither a number nor null"#),
            (#"{"verdict": "stable", "outputs": [287]}"#, #""outputs" is not an object"#),
            (#"{"verdict": "stable", "outputs": {"T": 287}}"#, "it lacks the declared output 't'"),
            (#"{"verdict": "stable"}"#, "its outputs: none"),
            (#"{"verdict": "stable", "iterations": -1}"#, #""iterations" is -1.0, not a whole number"#),
            (#"{"verdict": "stable", "iterations": 1.5}"#, #""iterations" is 1.5, not a whole number"#),
            (#"{"verdict": "stable", "iterations": 1e300}"#, "not a whole number"),
            (#"{"verdict": "stable", "iterations": "3"}"#, #""iterations" is not a number"#),
        ])
    func invalidStructure_isRefusedWithReason(text: String, reason: String) throws {
        let message = try refusal(text)
        #expect(message.contains(reason), "\(message)")
    }

    @Test("escapes, spaces and nested values are read")
    func allOfJSON_isRead() throws {
        let text =
            "\t{\"verdict\":\"stable\",\r\n\"message\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83c\\udf0d€\","
            + "\"outputs\":{\"t\":-0.5E+1},\"extra\":[[],{},[1,true,false,null,{\"a\":[ ]}]]}\n"
        let result = try result(text)
        #expect(result.message == "\"\\/\u{8}\u{C}\n\r\té🌍€")
        #expect(result.outputs == ["t": -5])
    }

    @Test("a result of random bytes is read or refused")
    func garbledResult_isReadOrRefused() throws {
        var generator = SplitMix64(seed: 7)
        let whole = Array(#"{"verdict": "stable", "message": "a\u00e9", "outputs": {"t": 287.5, "p": null}}"#.utf8)
        for _ in 0..<4000 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let place = Int.random(in: bytes.indices, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
                case 1: bytes.remove(at: place)
                default: bytes.insert(bytes.randomElement(using: &generator)!, at: place)
                }
            }
            if let result = try? ResultFile(bytes) { #expect(result.message.count < 100) }
            _ = try? ResultFile(Array(whole[..<Int.random(in: whole.indices, using: &generator)]))
        }
    }

    @Test("deep nesting is refused")
    func deepNesting_isRefused() throws {
        #expect(try refusal(String(repeating: "[", count: 500_000)).contains("nested deeper than 64 levels"))
    }

    @Test("a missing result has a separate kind of failure")
    func missingResult_hasItsKind() throws {
        let failure = #expect(throws: ModelFailure.self) {
            try RunDirectory(directory).result(outputs: [], artifacts: [])
        }
        #expect(failure?.kind == .resultMissing)
    }

    @Test("a huge result is not read")
    func hugeResult_isRefused() throws {
        let message = try refusal(#"{"verdict": "stable", "message": "\#(String(repeating: "x", count: 2 << 20))"}"#)
        #expect(message.contains("more than the limit of 1048576"))
    }

    @Test(
        "a result that is not a regular file is refused without waiting",
        arguments: [
            ("mkdir", "a folder"), ("mkfifo", "a pipe"), ("ln -s /etc/hostname", "a symbolic link"),
            ("ln -s point.json", "a symbolic link"), ("ln -s nowhere", "a symbolic link"),
        ])
    func irregularResult_isRefused(command: String, what: String) async throws {
        #expect(await fixture.shell("cd '\(directory)' && \(command) result.json") == 0)
        let failure = #expect(throws: ModelFailure.self) {
            try RunDirectory(directory).result(outputs: [], artifacts: [])
        }
        #expect(failure?.kind == .resultInvalid)
        #expect(failure?.message == "the model's result.json is \(what), not a regular file")
    }

    @Test("the existing files to keep are kept")
    func existingArtifacts_areKept() throws {
        try fixture.write("1", to: "\(directory.lastComponent!.string)/b.dat")
        let text = #"{"verdict": "stable", "outputs": {"t": 1}}"#
        let result = try result(text, artifacts: ["a.dat", "b.dat", "result.json"])
        #expect(result.artifacts == [directory.appending("b.dat"), directory.appending("result.json")])
    }

    @Test("a link among the files to keep is refused")
    func linkedArtifact_isRefused() throws {
        symlink("/etc/passwd", directory.appending("b.dat").string)
        let failure = #expect(throws: ModelFailure.self) {
            try result(#"{"verdict": "stable", "outputs": {"t": 1}}"#, artifacts: ["b.dat"])
        }
        #expect(failure?.message == "the model's artifact b.dat is a symbolic link, not a regular file")
    }
}

@Suite("The end of a log")
struct LogTailTests {
    let fixture: ModelFixture

    init() throws {
        fixture = try ModelFixture()
    }

    private func tail(_ text: String) throws -> LogTail {
        let file = try FileDescriptor.open(try fixture.write(text, to: "log"), .readOnly)
        defer { try? file.close() }
        return LogTail(of: file)
    }

    @Test("the last 64 KiB of a long log are kept, without a partial character")
    func longLog_isCutBetweenCharacters() throws {
        let text = try tail(String(repeating: "€", count: 50_000) + "end").text
        #expect(text.utf8.count > LogTail.maxBytes - 3)
        #expect(text.utf8.count <= LogTail.maxBytes)
        #expect(text.hasPrefix("€"))
        #expect(text.hasSuffix("end"))
    }

    @Test(
        "the last line is not blank, without control characters and short",
        arguments: [
            ("", nil), (" \n\n", nil), ("a\nb\n\n  \n", "b"), ("a\r\nb\r\n", "b"),
            ("\u{1b}[31m  red \u{7}alert", "[31m red alert"),
            (String(repeating: "x", count: 300), String(repeating: "x", count: 199) + "…"),
        ])
    func lastLine_isPrintable(text: String, line: String?) throws {
        #expect(try tail(text).cause == line.map { "its log ends with: \($0)" })
    }

    @Test(
        "after a crash, the cause is the Fortran runtime's error and not the end of its backtrace",
        arguments: [
            (
                "At line 2\nFortran runtime error: End of file\n\nError termination. Backtrace:\n#0  0x7f in ???\n",
                "says"
            ),
            ("Program received signal SIGFPE: no\n\nBacktrace for this error:\n#0  0x7f in ???\n\tat .:3090\n", "says"),
            ("a\nFortran runtime error: End of file\n", "ends with"),
        ])
    func crash_hasCause(text: String, verb: String) throws {
        let cause = try #require(try tail(text).cause)
        #expect(cause.hasPrefix("its log \(verb): "))
        #expect(cause.hasSuffix(": End of file") || cause.hasSuffix("Program received signal SIGFPE: no"))
    }
}
