internal import FoundationEssentials
package import SystemPackage

/// An engine that runs containers, by its command line.
package struct ContainerEngine: Sendable, Hashable {
    /// The engines that are known.
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        case podman
        case docker
    }

    /// Which engine it is.
    package let kind: Kind

    /// Its executable.
    package let executable: FilePath

    /// What this machine wants said before every subcommand, such as `--runtime runc`.
    package let options: [String]

    /// What this machine wants said when a container is started, such as `--ulimit nofile=1024:1024`.
    package let runOptions: [String]

    /// Finds an engine in `PATH`.
    ///
    /// - Throws: ``ModelFailure`` of kind ``ModelFailure/Kind/notFound`` where it is not installed.
    package init(_ kind: Kind, options: [String] = [], runOptions: [String] = []) throws(ModelFailure) {
        let searched = ExecutableSearch.folders(ofPath: ProcessInfo.processInfo.environment["PATH"])
        guard
            let executable = searched.map({ $0.appending(kind.rawValue) })
                .first(where: { ExecutableSearch.state(of: $0) == .executable })
        else {
            throw ModelFailure(
                kind: .notFound,
                message: "The model is to run in a container by \(kind), but \(kind) is in no folder of PATH: "
                    + searched.map(\.string).joined(separator: ", ") + ".")
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
