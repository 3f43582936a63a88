internal import FoundationEssentials
internal import Glibc
internal import Subprocess
internal import SystemPackage

/// A folder of one test, gone with it.
final class ScratchFolder: Sendable {
    let path: FilePath

    init() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "localstack-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        path = FilePath(folder.path)
    }

    deinit { try? FileManager.default.removeItem(atPath: path.string) }

    /// Makes a named pipe, by which a child can tell the test that it got somewhere.
    func pipe(_ name: String) throws -> FilePath {
        let pipe = path.appending(name)
        guard pipe.withPlatformString({ mkfifo($0, 0o600) }) == 0 else { throw Errno(rawValue: errno) }
        return pipe
    }
}

/// Everything that is written to a pipe or file until the last writer is gone.
func contents(of path: FilePath) async throws -> String {
    let result = try await Subprocess.run(
        .name("cat"), arguments: [path.string], output: .string(limit: 1 << 20), error: .discarded)
    return result.standardOutput
}
