internal import Testing

@Suite("The column model beside published numbers")
struct ValidationTests {
    @Test("the quick validation misses nothing that it does not explain, and draws its table")
    func quick() async throws {
        let folder = try TestFolder()
        let model = try await ColumnModelProgram.built(.optimised)
        let outcome = try await ColumnModelProgram.validate(
            ["--quick", "--model", model.path, "--plot", "v.svg"], in: folder)
        #expect(outcome.status == 0, "\(outcome.log)\(outcome.errors)")
        #expect(outcome.log.contains("today's Earth"))
        #expect(!outcome.log.contains("MISS"))
        #expect(try folder.text("v.svg").hasSuffix("</svg>\n"))
    }

    @Test(
        "a model that is not there, and an unknown argument, are refused",
        arguments: [["--model", "/nowhere"], ["--x"]])
    func refusal(arguments: [String]) async throws {
        let outcome = try await ColumnModelProgram.validate(arguments, in: TestFolder())
        #expect(outcome.status != 0)
        #expect(outcome.errors.hasPrefix("validate-model: "))
    }
}
