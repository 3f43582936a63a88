import TestSupport
import Testing

@testable import Support

@Suite("A setting from the environment")
struct EnvironmentSettingTests {
    @Test("comes from the flag, else from the environment, else from the file that the environment names")
    func precedence() throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let file = try folder.write("from the file\n", to: "setting")
        let environment = ["A": "from the environment", "B_FILE": "\(file)", "C": "", "C_FILE": ""]
        #expect(try EnvironmentSetting.value(flag: "flag", variable: "A", environment: environment) == "flag")
        #expect(try EnvironmentSetting.value(variable: "A", environment: environment) == "from the environment")
        #expect(try EnvironmentSetting.value(variable: "B", environment: environment) == "from the file")
        #expect(try EnvironmentSetting.value(variable: "C", environment: environment) == nil)
    }

    @Test("is refused if it is set twice, or if its file is missing")
    func conflictOrMissingFile_isRefused() {
        #expect(throws: SettingError.self) {
            try EnvironmentSetting.value(variable: "A", environment: ["A": "x", "A_FILE": "/x"])
        }
        #expect(throws: SettingError.self) {
            try EnvironmentSetting.value(variable: "A", environment: ["A_FILE": "/no/such"])
        }
    }

    @Test(
        "is refused as a flag if it is a URL with a password, which others could read",
        arguments: [
            "redis://user:secret@host", "redis://:secret@host/1", "redis+sentinel://user:secret@one:1,two:2/main",
        ])
    func passwordInFlag_isRefused(url: String) throws {
        let error = try #require(throws: SettingError.self) {
            try EnvironmentSetting.url(
                flag: url, flagName: "--redis-url", variable: "NONE", passwordVariable: "P",
                meaning: "the URL of Redis")
        }
        #expect(!"\(error)".contains("secret"))
        #expect("\(error)".contains("P_FILE"))
    }
}
