import SystemPackage
import TestSupport
import Testing

@testable import ModelRunner

/// The schemas in `config/schemas` agree with the runner.
@Suite(
    "The schemas of a run's files",
    .enabled(if: PythonServer.isAvailable, Comment(rawValue: PythonServer.unavailableReason)))
struct SchemaTests {
    let fixture: ModelFixture

    init() throws {
        fixture = try ModelFixture()
    }

    private static let schemas = FilePath(#filePath).removingLastComponent().pushing("../../config/schemas")
        .lexicallyNormalized()

    /// The files that violate the schema, by an independent validator.
    private func refused(_ files: [FilePath], by schema: String) async throws -> [String] {
        let script = try fixture.write(
            """
            import json, sys, jsonschema
            schema = json.load(open(sys.argv[1]))
            jsonschema.Draft202012Validator.check_schema(schema)
            validator = jsonschema.Draft202012Validator(schema)
            with open(sys.argv[2], "w") as report:
                for name in sys.argv[3:]:
                    if not validator.is_valid(json.load(open(name))):
                        report.write(name + "\\n")
            """, to: "validate.py")
        let report = fixture.folder.appending("report")
        let words = [PythonServer.python, script, Self.schemas.appending("\(schema).schema.json"), report] + files
        #expect(await fixture.shell(words.map { "'\($0)'" }.joined(separator: " ")) == 0)
        return try fixture.read(report).split(separator: "\n").map { FilePath(String($0)).lastComponent!.string }
    }

    @Test(
        "the point of a run and the result of the column model conform to the schemas",
        .enabled(if: (try? ColumnModel()) != nil))
    func columnModel_conforms() async throws {
        var points: [FilePath] = []
        var results: [FilePath] = []
        for insolation in ["1.0", "0.2", "1.6"] {
            let directory = try fixture.runDirectory()
            let values = [NamedValue(name: "CO2", value: "4.0e-4"), NamedValue(name: "insolation", value: insolation)]
            let input = ModelInput(hash: ModelFixture.point.hash, code: "4.0e-4,\(insolation)", values: values)
            _ = try await ColumnModel().run(input, limits: RunLimits(), parent: nil, directory: directory)
            points.append(directory.appending("point.json"))
            results.append(directory.appending("result.json"))
        }
        #expect(try await refused(points, by: "point").isEmpty)
        #expect(try await refused(results, by: "result").isEmpty)
    }

    @Test("the runner and the schema refuse the same results")
    func runnerAndSchema_agree() async throws {
        let texts = [
            #"{"verdict": "stable"}"#, #"{"verdict": "unstable", "outputs": {"t": 1.5, "u": null}, "iterations": 3}"#,
            #"{"verdict": "stable", "outputs": null, "message": null, "iterations": null, "more": [1]}"#,
            #"{"verdict": "stable", "iterations": 4.0}"#, #"{}"#, #"[]"#, #"{"verdict": "Stable"}"#,
            #"{"verdict": null}"#, #"{"verdict": "stable", "outputs": [1]}"#,
            #"{"verdict": "stable", "outputs": {"t": "warm"}}"#, #"{"verdict": "stable", "message": 3}"#,
            #"{"verdict": "stable", "iterations": -1}"#, #"{"verdict": "stable", "iterations": 1.5}"#,
        ]
        var files: [FilePath] = []
        var expected: [String] = []
        for (index, text) in texts.enumerated() {
            files.append(try fixture.write(text, to: "result-\(index)"))
            if (try? ResultFile(Array(text.utf8))) == nil { expected.append("result-\(index)") }
        }
        #expect(expected.count == 9)
        #expect(try await refused(files, by: "result") == expected)
    }
}
