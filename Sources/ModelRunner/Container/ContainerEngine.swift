internal import FoundationEssentials
internal import Subprocess
internal import Support
package import SystemPackage

/// A container engine, used by its command line.
package struct ContainerEngine: Sendable, Hashable {
    /// The supported engines.
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        case podman
        case docker
    }

    /// The kind of engine.
    package let kind: Kind

    /// Its executable.
    package let executable: FilePath

    /// Options that this machine needs before every subcommand, such as `--runtime runc`.
    package let options: [String]

    /// Options that this machine needs for starting a container, such as `--ulimit nofile=1024:1024`.
    package let runOptions: [String]

    /// Finds an engine in `PATH`.
    ///
    /// - Throws: ``ModelFailure`` of kind ``ModelFailure/Kind/notFound`` if it is not installed.
    package init(_ kind: Kind, options: [String] = [], runOptions: [String] = []) throws(ModelFailure) {
        let searched = ExecutableSearch.folders(ofPath: ProcessInfo.processInfo.environment["PATH"])
        guard
            let executable = searched.map({ $0.appending(kind.rawValue) })
                .first(where: { ExecutableSearch.state(of: $0) == .executable })
        else {
            throw ModelFailure(
                kind: .notFound,
                message: "the container engine \(kind) is not installed: no folder of PATH contains it: "
                    + searched.map(\.string).joined(separator: ", "))
        }
        self.kind = kind
        self.executable = executable
        self.options = options
        self.runOptions = runOptions
    }
}

extension ContainerEngine.Kind: CustomStringConvertible {
    /// The engine's name.
    package var description: String { rawValue }
}

/// The engine's command line.
extension ContainerEngine {
    /// Runs a subcommand and returns its output. It is not cancelled with the task, which could leave an incomplete
    /// container behind.
    ///
    /// - Parameters:
    ///   - arguments: the subcommand and its arguments.
    ///   - purpose: completes "podman could not …" for users.
    ///   - folder: the working directory of the engine's processes, which may leave files there; `nil` for that of this
    ///     process.
    ///   - timeLimit: the time after which the engine counts as stuck.
    /// - Throws: ``ModelFailure`` of kind ``ModelFailure/Kind/runtime`` with the last line of its errors.
    @discardableResult
    func command(
        _ arguments: [String], purpose: String, in folder: FilePath? = nil, timeLimit: Duration = .seconds(120)
    ) async throws(ModelFailure) -> String {
        let words = options + arguments
        // A separate task, which is not cancelled with this one; it is awaited here.
        let run = Task { try await execute(words, in: folder, timeLimit: timeLimit) }
        let (status, output, complaint): (TerminationStatus, String, String)
        do {
            (status, output, complaint) = try await run.value
        } catch {
            throw ModelFailure(
                kind: .runtime, message: "\(kind) could not \(purpose) within \(TimeSpan(timeLimit)): \(error)")
        }
        if status.isSuccess { return output }
        let lines = complaint.split(whereSeparator: \.isNewline).filter { !$0.allSatisfy(\.isWhitespace) }
        throw ModelFailure(
            kind: .runtime, message: "\(kind) could not \(purpose): \(lines.last ?? "it ended with \(status)")",
            logTail: complaint)
    }

    private func execute(
        _ words: [String], in folder: FilePath?, timeLimit: Duration
    ) async throws -> (TerminationStatus, String, String) {
        var options = PlatformOptions()
        // Signals that a terminal sends to the worker must not reach the engine.
        options.createSession = true
        return try await withThrowingTaskGroup(of: (TerminationStatus, String, String)?.self) { group in
            group.addTask { [options] in
                let result = try await Subprocess.run(
                    .path(executable), arguments: Arguments(words), workingDirectory: folder, platformOptions: options,
                    output: .string(limit: 1 << 20), error: .string(limit: 1 << 20))
                return (result.terminationStatus, result.standardOutput, result.standardError)
            }
            group.addTask {
                try await Task.sleep(for: timeLimit)
                return nil
            }
            defer { group.cancelAll() }
            guard let first = try await group.next(), let result = first else { throw CancellationError() }
            return result
        }
    }
}

/// An image on this machine.
package struct ContainerImage: Sendable, Hashable {
    /// Its name in the exploration.
    package let reference: String

    /// Its ID in the engine, which does not change with its tags.
    package let id: String

    /// `sha256:` and 64 hexadecimal digits: the digest of the manifest in a registry, or the image's ID if it has never been
    /// in a registry.
    package let digest: String

    /// Finds an image on this machine, or pulls it.
    ///
    /// - Throws: ``ModelFailure`` of kind ``ModelFailure/Kind/runtime`` if the engine cannot provide it.
    package static func resolve(_ reference: String, by engine: ContainerEngine) async throws(ModelFailure)
        -> ContainerImage
    {
        let inspection = ["image", "inspect", "--format", "{{.Id}} {{json .RepoDigests}}", reference]
        let text: String
        do {
            text = try await engine.command(inspection, purpose: "find the image '\(reference)'")
        } catch {
            try await engine.command(
                ["pull", "--quiet", reference], purpose: "pull the image '\(reference)'", timeLimit: .seconds(3600))
            text = try await engine.command(inspection, purpose: "find the image '\(reference)'")
        }
        guard let image = ContainerImage(reference: reference, inspection: text) else {
            throw ModelFailure(
                kind: .runtime, message: "unknown description of the image '\(reference)' by \(engine.kind): \(text)")
        }
        return image
    }

    /// Reads the engine's description of an image: its ID, and a JSON list of `REPOSITORY@sha256:…`.
    init?(reference: String, inspection: String) {
        let parts = inspection.split(maxSplits: 1, whereSeparator: \.isWhitespace)
        guard parts.count == 2, case .array(let entries)? = try? JSONReader.read(Array(parts[1].utf8)) else {
            guard parts.count == 2, parts[1].hasPrefix("null"), Self.isDigits(parts[0]) else { return nil }
            self.init(reference: reference, id: String(parts[0]), digests: [])
            return
        }
        guard Self.isDigits(parts[0]) else { return nil }
        let digests = entries.compactMap { entry -> String? in
            if case .string(let text) = entry { text } else { nil }
        }
        self.init(reference: reference, id: String(parts[0]), digests: digests)
    }

    private init(reference: String, id: String, digests: [String]) {
        self.reference = reference
        self.id = id
        let known = digests.compactMap { text -> (repository: Substring, digest: Substring)? in
            guard let at = text.lastIndex(of: "@") else { return nil }
            return (text[..<at], text[text.index(after: at)...])
        }
        let own = known.first { reference.hasPrefix($0.repository) } ?? known.first
        digest = own.map { String($0.digest) } ?? (id.hasPrefix("sha256:") ? id : "sha256:\(id)")
    }

    private static func isDigits(_ id: Substring) -> Bool {
        let digits = id.hasPrefix("sha256:") ? id.dropFirst("sha256:".count) : id
        return digits.utf8.count == 64 && digits.allSatisfy(\.isHexDigit)
    }
}
