internal import FoundationEssentials
internal import Glibc
internal import SystemPackage

/// Finds a command's executable as a shell does.
enum ExecutableSearch {
    /// The usability of a path as an executable.
    enum State: Equatable {
        case missing, notExecutable, notRegular, executable
    }

    /// The state of `path`, links followed.
    static func state(of path: FilePath) -> State {
        var status = stat()
        guard path.withPlatformString({ stat($0, &status) }) == 0 else { return .missing }
        guard status.st_mode & S_IFMT == S_IFREG else { return .notRegular }
        return path.withPlatformString({ access($0, X_OK) }) == 0 ? .executable : .notExecutable
    }

    /// The absolute folders of a `PATH` value.
    static func folders(ofPath value: String?) -> [FilePath] {
        (value ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":").map { FilePath(String($0)) }.filter(
            \.isAbsolute)
    }

    /// The executable for `name`: with a slash, a path relative to `baseFolder`; without one, a name to look up in the
    /// folders of `searchPath`.
    ///
    /// - Throws: ``ModelFailure`` of kind ``ModelFailure/Kind/notFound`` with the searched places, or
    ///   ``ModelFailure/Kind/spawn`` for an existing file that cannot be executed.
    static func resolve(
        _ name: String, ofModel model: String, baseFolder: FilePath, searchPath: String?
    ) throws(ModelFailure) -> FilePath {
        let candidates =
            name.contains("/")
            ? [baseFolder.pushing(FilePath(name)).lexicallyNormalized()]
            : folders(ofPath: searchPath).map { $0.appending(name) }
        if let found = candidates.first(where: { state(of: $0) == .executable }) { return found }
        try refuseUnusable(candidates, ofModel: model)
        let places =
            name.contains("/")
            ? "\(candidates[0]) does not exist"
            : "no folder of PATH contains '\(name)': "
                + candidates.map { $0.removingLastComponent().string }.joined(separator: ", ")
        throw ModelFailure(kind: .notFound, message: "executable of model '\(model)' not found: \(places)")
    }

    private static func refuseUnusable(_ candidates: [FilePath], ofModel model: String) throws(ModelFailure) {
        for path in candidates {
            let reason: String
            switch state(of: path) {
            case .notExecutable: reason = "is not executable for this user; use chmod +x"
            case .notRegular: reason = "is not a regular file"
            case .missing, .executable: continue
            }
            throw ModelFailure(kind: .spawn, message: "the executable of model '\(model)', \(path), \(reason)")
        }
    }
}

/// A program that is built with this project and installed with its executables.
struct CompanionProgram {
    /// The supervisor for containers.
    static let supervisor = CompanionProgram(
        name: "model-supervisor", meaning: "supervisor for containers", variable: "ATMOS_MODEL_SUPERVISOR")

    /// The name of its file, and of its folder in `.build`.
    let name: String
    /// Its description for users.
    let meaning: String
    /// The environment variable with its path.
    let variable: String

    /// Finds the program: at the path in the environment variable, else in the folder of this process's executable, else
    /// at `.build/NAME/NAME` in a folder above it.
    ///
    /// - Throws: ``ModelFailure`` of kind ``ModelFailure/Kind/notFound`` with the searched places and how to build it.
    func find() throws(ModelFailure) -> FilePath {
        if let stated = ProcessInfo.processInfo.environment[variable], !stated.isEmpty {
            return FilePath(FileManager.default.currentDirectoryPath).pushing(FilePath(stated))
        }
        let own = FilePath((try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? "/")
        let places = candidates(forExecutable: own)
        if let found = places.first(where: { ExecutableSearch.state(of: $0) == .executable }) { return found }
        throw ModelFailure(
            kind: .notFound,
            message: "\(meaning) not found, neither at \(places[0]) nor at .build/\(name)/\(name) in a folder above; "
                + "build it with scripts/setup, or set \(variable) to its path")
    }

    /// The possible paths of the program for this process's executable at `own`, in the order of preference.
    func candidates(forExecutable own: FilePath) -> [FilePath] {
        var places = [own.removingLastComponent().appending(name)]
        var folder = own.removingLastComponent()
        while folder.removeLastComponent() {
            places.append(folder.pushing(FilePath(".build/\(name)/\(name)")))
        }
        return places
    }
}
