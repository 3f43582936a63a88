import Glibc
import Support
import SystemPackage
import TestSupport
import Testing

@testable import ModelRunner

/// What a worker takes for a result, and what it refuses.
@Suite struct ResultTests {
    let bench: ModelFixture
    let directory: FilePath

    init() throws {
        bench = try ModelFixture()
        directory = try bench.runDirectory()
    }

    private func result(_ text: String, artifacts: [String] = []) throws -> ModelResult {
        try bench.write(text, to: "\(directory.lastComponent!.string)/result.json")
        return try RunDirectory(directory).result(outputs: ModelFixture.outputs, artifacts: artifacts)
    }

    private func refusal(_ text: String) throws -> String {
        let failure = #expect(throws: ModelFailure.self) { try result(text) }
        #expect(failure?.kind == .resultInvalid)
        return failure?.message ?? ""
    }

    @Test("the least that a result needs is a verdict and the declared outputs")
    func least() throws {
        let result = try result(#"{"verdict": "unstable", "outputs": {"t": 1e3, "more": 5}}"#)
        #expect(result == ModelResult(verdict: .unstable, message: "", outputs: ["t": 1000]))
    }

    @Test("an output that is null is absent")
    func null() throws {
        let text = #"{"verdict": "unstable", "message": null, "iterations": null, "outputs": {"t": null}}"#
        #expect(try result(text).outputs.isEmpty)
    }

    @Test("a long message is cut")
    func longMessage() throws {
        let message = String(repeating: "é", count: 5000)
        let result = try result(#"{"verdict": "stable", "message": "\#(message)", "outputs": {"t": 1}}"#)
        #expect(result.message.count == RunDirectory.messageLength)
    }

    @Test(
        "broken JSON is told with its place",
        arguments: [
            ("", "line 1, column 1: the text ends"), ("{", "line 1, column 2: a name"),
            ("stable", "line 1, column 1: stable is"),
            (
                "{\"verdict\": \"stable\",\n \"outputs\": {\"t\": NaN}}",
                "line 2, column 19: NaN is no number in JSON; null"
            ),
            (
                "{\"verdict\": \"stable\", \"outputs\": {\"t\": -Infinity}}",
                "column 40: -Infinity is no number in JSON; null"
            ),
            ("{\"verdict\": \"stable\", \"outputs\": {\"t\": .5}}", "column 40: .5 is no number in JSON, which"),
            ("{\"outputs\": {\"t\": 5.36-102}}", "column 19: 5.36-102 is no number in JSON, which"),
            ("{\"outputs\": {\"t\": 287.}}", "column 19: 287. is no number in JSON, which"),
            ("{\"outputs\": {\"t\": ********}}", "column 19: ******** is neither a number nor"),
            ("{\"outputs\": {\"t\": 1e999}}", "column 19: 1e999 is too large"),
            ("{\"outputs\": {\"t\": }}", "column 19: a value should be here"),
            ("{\"verdict\": \"stable\" \"outputs\": {}}", "column 22: a comma or a closing brace"),
            ("{\"verdict\": \"stable\",}", "column 22: a name in double quotes"),
            ("{\"verdict\": \"stable\"} and more", "column 23: something follows"),
            ("{\"verdict\": \"stable\", \"verdict\": \"unstable\"}", "column 23: \"verdict\" is there twice"),
            ("{\"verdict\": \"sta", "column 13: the text that begins here does not end"),
            ("{\"a\": [1 2]}", "column 10: a comma or a closing bracket"),
            ("{\"a\": \"\\x\"}", "column 8: there is no such escape"),
            ("{\"a\": \"\\ud83c\"}", "column 8: half of a surrogate"),
            ("{\"a\": \"\\u12g4\"}", "column 8: four hexadecimal digits"),
            ("{\"a\": \"\n\"}", "column 8: a control character"),
            ("\u{0}\u{0}\u{0}", "line 1, column 1"),
        ])
    func broken(text: String, place: String) throws {
        let message = try refusal(text)
        #expect(message.contains("result.json is not valid: it stops being JSON at line"))
        #expect(message.contains(place), "\(message)")
    }

    @Test(
        "JSON of another shape is told with what is wrong",
        arguments: [
            ("[]", "it is no object"),
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
            (#"{"verdict": "stable", "outputs": [287]}"#, #""outputs" is no object"#),
            (#"{"verdict": "stable", "outputs": {"T": 287}}"#, "it has no output t, which is declared"),
            (#"{"verdict": "stable"}"#, "the outputs that it has: none"),
            (#"{"verdict": "stable", "iterations": -1}"#, #""iterations" is -1.0, not a whole number"#),
            (#"{"verdict": "stable", "iterations": 1.5}"#, #""iterations" is 1.5, not a whole number"#),
            (#"{"verdict": "stable", "iterations": 1e300}"#, "not a whole number"),
            (#"{"verdict": "stable", "iterations": "3"}"#, #""iterations" is not a number"#),
        ])
    func misshapen(text: String, reason: String) throws {
        let message = try refusal(text)
        #expect(message.contains(reason), "\(message)")
    }

    @Test("escapes, spaces and nested values are read")
    func everything() throws {
        let text =
            "\t{\"verdict\":\"stable\",\r\n\"message\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83c\\udf0d€\","
            + "\"outputs\":{\"t\":-0.5E+1},\"extra\":[[],{},[1,true,false,null,{\"a\":[ ]}]]}\n"
        let result = try result(text)
        #expect(result.message == "\"\\/\u{8}\u{C}\n\r\té🌍€")
        #expect(result.outputs == ["t": -5])
    }

    @Test("whatever bytes a result has, it is read or refused")
    func garbled() throws {
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

    @Test("nesting without end is refused")
    func nesting() throws {
        #expect(try refusal(String(repeating: "[", count: 500_000)).contains("nested deeper than 64 levels"))
    }

    @Test("a result that is missing is told from one that is wrong")
    func missing() throws {
        let failure = #expect(throws: ModelFailure.self) {
            try RunDirectory(directory).result(outputs: [], artifacts: [])
        }
        #expect(failure?.kind == .resultMissing)
    }

    @Test("a huge result is not read")
    func huge() throws {
        let message = try refusal(#"{"verdict": "stable", "message": "\#(String(repeating: "x", count: 2 << 20))"}"#)
        #expect(message.contains("at most 1048576 are read"))
    }

    @Test(
        "a result that is not a regular file is refused, and waited for by nobody",
        arguments: [
            ("mkdir", "a folder"), ("mkfifo", "a pipe"), ("ln -s /etc/hostname", "a symbolic link"),
            ("ln -s point.json", "a symbolic link"), ("ln -s nowhere", "a symbolic link"),
        ])
    func notRegular(command: String, what: String) async throws {
        #expect(await bench.shell("cd '\(directory)' && \(command) result.json") == 0)
        let failure = #expect(throws: ModelFailure.self) {
            try RunDirectory(directory).result(outputs: [], artifacts: [])
        }
        #expect(failure?.kind == .resultInvalid)
        #expect(failure?.message == "The model's result.json is \(what), not a regular file.")
    }

    @Test("of the files to keep, those that are there are kept")
    func artifacts() throws {
        try bench.write("1", to: "\(directory.lastComponent!.string)/b.dat")
        let text = #"{"verdict": "stable", "outputs": {"t": 1}}"#
        let result = try result(text, artifacts: ["a.dat", "b.dat", "result.json"])
        #expect(result.artifacts == [directory.appending("b.dat"), directory.appending("result.json")])
    }

    @Test("a file to keep that is a link is refused")
    func linkedArtifact() throws {
        symlink("/etc/passwd", directory.appending("b.dat").string)
        let failure = #expect(throws: ModelFailure.self) {
            try result(#"{"verdict": "stable", "outputs": {"t": 1}}"#, artifacts: ["b.dat"])
        }
        #expect(failure?.message == "The model's artifact b.dat is a symbolic link, not a regular file.")
    }
}

@Suite struct LogTailTests {
    let bench: ModelFixture

    init() throws {
        bench = try ModelFixture()
    }

    private func tail(_ text: String) throws -> LogTail {
        let file = try FileDescriptor.open(try bench.write(text, to: "log"), .readOnly)
        defer { try? file.close() }
        return LogTail(of: file)
    }

    @Test("of a long log the last 64 KiB are kept, and no character is cut in two")
    func long() throws {
        let text = try tail(String(repeating: "€", count: 50_000) + "end").text
        #expect(text.utf8.count > LogTail.byteCount - 3 && text.utf8.count <= LogTail.byteCount)
        #expect(text.hasPrefix("€") && text.hasSuffix("end"))
    }

    @Test(
        "the last line is the last that says something, on one line and short",
        arguments: [
            ("", nil), (" \n\n", nil), ("a\nb\n\n  \n", "b"), ("a\r\nb\r\n", "b"),
            ("\u{1b}[31m  red \u{7}alert", "[31m red alert"),
            (String(repeating: "x", count: 300), String(repeating: "x", count: 199) + "…"),
        ])
    func lastLine(text: String, line: String?) throws {
        #expect(try tail(text).lastLine == line)
    }
}
