import ArgumentParser
import ExplorationFile
import Support
import TestSupport
import Testing

@testable import CommandLineKit

@Suite("The options of commands")
struct OptionsTests {
    @Test("limit an exploration's points with --max-points, or with its former name --limit")
    func maxPoints_hasAFormerName() throws {
        #expect(try BudgetOptions.parse(["--max-points", "300"]).points == 300)
        #expect(try BudgetOptions.parse(["--limit", "300"]).points == 300)
        #expect(try BudgetOptions.parse([]).points == nil)
        #expect(try BudgetOptions.parse([]).isEmpty)
        #expect(try !BudgetOptions.parse(["--limit", "300"]).isEmpty)
        #expect(!BudgetOptions.helpMessage().contains("--limit"))
        for arguments in [["--max-points", "1", "--limit", "1"], ["--max-points", "0"], ["--limit", "0"]] {
            #expect(throws: (any Error).self) { try BudgetOptions.parse(arguments) }
        }
    }

    @Test("limit rows with --limit, or with its former name --rows")
    func rowLimit_hasAFormerName() throws {
        #expect(try RowLimitOption.parse(["--limit", "7"]).rows == 7)
        #expect(try RowLimitOption.parse(["--rows", "7"]).rows == 7)
        #expect(try RowLimitOption.parse([]).rows == nil)
        for arguments in [["--rows", "1", "--limit", "1"], ["--rows", "0"], ["--limit", "0"]] {
            #expect(throws: (any Error).self) { try RowLimitOption.parse(arguments) }
        }
    }

    @Test("take a time with its unit; a bare number is one of seconds if the option took seconds before")
    func bareNumbers_areSeconds() throws {
        #expect(try TimeSpan.orSeconds("30").duration == .seconds(30))
        #expect(try TimeSpan.orSeconds("15.0").duration == .seconds(15))
        #expect(try TimeSpan.orSeconds("0").duration == .zero)
        #expect(try TimeSpan.orSeconds("5m").duration == .seconds(300))
        #expect(TimeSpan(argument: "30") == nil)
        for text in ["", "x", "-1", "5y", "1 m"] {
            #expect(throws: ValidationError.self) { try TimeSpan.orSeconds(text) }
        }
    }

    @Test("choose an exploration by its name or its file")
    func exploration_isANameOrAFile() throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let file = try folder.write(
            """
            name: tiny-planet
            parameters: [{name: x, kind: scalar, start: 0, axis: {step: 1, minimum: -2, maximum: 2}}]
            model: {adapter: synthetic, region: {centre: {x: 0}, radius: {x: 1}}}
            """, to: "planet.yaml")
        let named = try ExplorationOption.parse(["--exploration", "tiny-planet"])
        #expect(named.file == nil)
        #expect(try named.definition() == nil)
        #expect(try named.name() == "tiny-planet")
        let filed = try ExplorationOption.parse(["--exploration", "\(file)"])
        #expect(filed.file == "\(file)")
        #expect(try filed.definition()?.name == "tiny-planet")
        #expect(try filed.name() == "tiny-planet")
        #expect(try ExplorationOption.parse([]).name() == nil)
        #expect(throws: DefinitionError.self) { try ExplorationOption("no/such.yaml").name() }
    }

    @Test("choose an exploration with an argument in place of --exploration, but not with both")
    func exploration_mayBeAnArgument() throws {
        #expect(try ExplorationOption(nil).or("earth").exploration == "earth")
        #expect(try ExplorationOption("earth").or(nil).exploration == "earth")
        #expect(try ExplorationOption(nil).or(nil).exploration == nil)
        #expect(throws: ValidationError.self) { try ExplorationOption("earth").or("mars") }
    }
}
