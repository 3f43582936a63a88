import SystemPackage
import Testing

@testable import ModelRunner

@Suite struct LogTailTests {
    let bench: Workbench

    init() throws {
        bench = try Workbench()
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
