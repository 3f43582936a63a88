internal import FoundationEssentials
internal import HTTPClient
internal import Subprocess
internal import SystemPackage

/// A program that hands out credentials (client.authentication.k8s.io), as the cloud providers have them.
///
/// It is run without a terminal, when credentials are first needed, when those that it gave run out by their own
/// `expirationTimestamp`, and when the server refuses them.
package struct ExecPlugin: Sendable {
    /// `client.authentication.k8s.io/v1`, or `…/v1beta1`.
    package let apiVersion: String
    /// A name to be looked up in PATH, or a path.
    package let command: String
    package let arguments: [String]
    /// In addition to this process's own.
    package let environment: [String: String]
    /// What to say when the program is not there.
    package let installHint: String?
    /// Whether the program is told of the cluster.
    package let wantsCluster: Bool
    /// How long it may take.
    var timeLimit: Duration = .seconds(60)

    private struct Result: Sendable {
        let status: TerminationStatus
        let output: [UInt8]
        let said: String
    }

    /// What it prints at most, in bytes.
    private static let outputLimit = 1 << 20

    /// Runs the program.
    ///
    /// - Throws: ``KubernetesError`` of code ``KubernetesError/Code/credentials``, or `CancellationError`.
    func run(for configuration: KubernetesConfiguration) async throws -> Expiring<Credential> {
        let told = try String(decoding: JSONEncoder().encode(ExecRequest(self, configuration)), as: UTF8.self)
        var updates: [Environment.Key: String?] = ["KUBERNETES_EXEC_INFO": told]
        for (name, value) in environment { updates[Environment.Key(rawValue: name)!] = value }
        let result: Result
        do {
            result = try await TimeLimit.run(
                timeLimit, late: failure("gave nothing within \(timeLimit); it must not ask anybody", configuration)
            ) { [updates] in
                let result = try await Subprocess.run(
                    command.contains("/") ? .path(FilePath(command)) : .name(command), arguments: Arguments(arguments),
                    environment: .inherit.updating(updates), input: .none, output: .bytes(limit: Self.outputLimit),
                    error: .string(limit: 64 << 10))
                return Result(
                    status: result.terminationStatus, output: result.standardOutput, said: result.standardError)
            }
        } catch let error as KubernetesError {
            throw error
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw failure("cannot be run: \(error)" + (installHint.map { "; \($0)" } ?? ""), configuration)
        }
        guard result.status.isSuccess else {
            let said = result.said.split(whereSeparator: \.isNewline).suffix(5).joined(separator: " ")
            throw failure("ended with \(result.status): \(said.suffix(1000))", configuration)
        }
        return try ExecCredential(result.output, from: self) { failure($0, configuration) }.credential()
    }

    private func failure(_ reason: String, _ configuration: KubernetesConfiguration) -> KubernetesError {
        KubernetesError(.credentials, "The credential program '\(command)' of \(configuration.origin) \(reason).")
    }
}
