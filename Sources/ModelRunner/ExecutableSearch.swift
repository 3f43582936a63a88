internal import FoundationEssentials
internal import Glibc
internal import SystemPackage

/// Finds a command's executable as a shell does.
enum ExecutableSearch {
    /// What is at a path.
    enum State: Equatable {
        case missing, notExecutable, notRegular, executable
    }

    /// What is at `path`, links followed.
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

    /// The executable that `name` stands for: with a slash in it a path, relative to `baseFolder`; without one a name to
    /// look up in the folders of `searchPath`.
    ///
    /// - Throws: ``ModelFailure`` of kind ``ModelFailure/Kind/notFound``, which says where was looked, or
    ///   ``ModelFailure/Kind/spawn`` for something that is there and cannot be executed.
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
            ? "there is nothing at \(candidates[0])"
            : "'\(name)' is in none of the folders of PATH: "
                + candidates.map { $0.removingLastComponent().string }.joined(separator: ", ")
        throw ModelFailure(kind: .notFound, message: "The executable of model '\(model)' was not found: \(places).")
    }

    private static func refuseUnusable(_ candidates: [FilePath], ofModel model: String) throws(ModelFailure) {
        for path in candidates {
            let reason: String
            switch state(of: path) {
            case .notExecutable: reason = "is not executable for this user (chmod +x makes it so)"
            case .notRegular: reason = "is not a regular file"
            case .missing, .executable: continue
            }
            throw ModelFailure(kind: .spawn, message: "The executable of model '\(model)', \(path), \(reason).")
        }
    }
}

/// A program that is built with this project and goes with its executables.
struct CompanionProgram {
    /// The supervisor for containers.
    static let supervisor = CompanionProgram(
        name: "model-supervisor", meaning: "supervisor for containers", variable: "ATMOS_MODEL_SUPERVISOR")

    /// Its file's name, also of its folder in `.build`.
    let name: String
    /// What it is, for people.
    let meaning: String
    /// The environment variable that can say where it is.
    let variable: String

    /// Finds the program: at the path in the environment variable, else beside this program's own executable, else at
    /// `.build/NAME/NAME` in a folder above it.
    ///
    /// - Throws: ``ModelFailure`` of kind ``ModelFailure/Kind/notFound`` that says where was looked and how to build it.
    func find() throws(ModelFailure) -> FilePath {
        if let stated = ProcessInfo.processInfo.environment[variable], !stated.isEmpty {
            return FilePath(FileManager.default.currentDirectoryPath).pushing(FilePath(stated))
        }
        let own = FilePath((try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? "/")
        let places = candidates(forExecutable: own)
        if let found = places.first(where: { ExecutableSearch.state(of: $0) == .executable }) { return found }
        throw ModelFailure(
            kind: .notFound,
            message: "The \(meaning) was not found: neither at \(places[0]) nor at .build/\(name)/\(name) "
                + "in a folder above it. scripts/setup builds it; \(variable) can name another place.")
    }

    /// Where the program may be for one at `own`, in the order of preference.
    func candidates(forExecutable own: FilePath) -> [FilePath] {
        var places = [own.removingLastComponent().appending(name)]
        var folder = own.removingLastComponent()
        while folder.removeLastComponent() {
            places.append(folder.pushing(FilePath(".build/\(name)/\(name)")))
        }
        return places
    }
}
