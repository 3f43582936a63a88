import Foundation
import Testing

@testable import Support

@Suite("A setting")
struct SettingsTests {
    @Test("is the flag's, else the environment's, else that of the file that the environment names")
    func order() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "atmos-setting-\(UUID())")
        try "from the file\n".write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        let environment = ["A": "from the environment", "B_FILE": file.path, "C": "", "C_FILE": ""]
        #expect(try Settings.value(flag: "flag", variable: "A", environment: environment) == "flag")
        #expect(try Settings.value(variable: "A", environment: environment) == "from the environment")
        #expect(try Settings.value(variable: "B", environment: environment) == "from the file")
        #expect(try Settings.value(variable: "C", environment: environment) == nil)
    }

    @Test("that is said twice, or in a file that is not there, is refused")
    func refused() {
        #expect(throws: SettingError.self) {
            try Settings.value(variable: "A", environment: ["A": "x", "A_FILE": "/x"])
        }
        #expect(throws: SettingError.self) { try Settings.value(variable: "A", environment: ["A_FILE": "/no/such"]) }
    }

    @Test(
        "that is a URL with a password is refused as a flag, where others could read it",
        arguments: [
            "redis://user:secret@host", "redis://:secret@host/1", "redis+sentinel://user:secret@one:1,two:2/main",
        ])
    func password(url: String) {
        #expect {
            try Settings.url(
                flag: url, flagName: "--redis-url", variable: "NONE", passwordVariable: "P",
                meaning: "the URL of Redis")
        } throws: { error in
            !"\(error)".contains("secret") && "\(error)".contains("P_FILE")
        }
    }
}
