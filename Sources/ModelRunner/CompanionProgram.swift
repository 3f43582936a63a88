internal import FoundationEssentials
internal import SystemPackage

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
