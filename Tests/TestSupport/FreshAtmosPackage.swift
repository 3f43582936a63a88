internal import FoundationEssentials
package import SystemPackage

/// A package of Atmos as a fresh build leaves it: an empty `TempIn.dat`, input files in templates, `parameters.inc` of one of
/// them. Its programs are substitutes, which need the files that the real ones need.
package struct FreshAtmosPackage: Sendable {
    /// The package's folder.
    package let folder: FilePath

    /// The folder of the substitutes.
    package static let substitutes = FilePath(#filePath).removingLastComponent().removingLastComponent()
        .pushing("ModelRunnerTests/VPLAtmos/Package")

    /// Creates the package in a new folder. Each run of the climate adds a line to `climate-runs` there.
    package init(at folder: FilePath) throws {
        self.folder = folder
        try FileManager.default.copyItem(atPath: Self.substitutes.string, toPath: folder.string)
        let templates = "PHOTOCHEM/INPUTFILES/TEMPLATES"
        try move("\(templates)/ModernEarth", to: "\(templates)/ModernEarthSimple")
        try move("PHOTOCHEM/in.dist", to: "\(templates)/ModernEarthSimple/in.dist")
        try move("CLIMA/IO/TEMPLATES/ModernEarth", to: "CLIMA/IO/TEMPLATES/ModernEarthSimple")
        for (name, reactions) in [("ModernEarthSimple", 220), ("Mars", 91)] {
            try write("      PARAMETER(NR=\(reactions))\n", to: "\(templates)/\(name)/parameters.inc")
        }
        try write("      PARAMETER(NR=220)\n", to: "PHOTOCHEM/INPUTFILES/parameters.inc")
        try write("", to: "CLIMA/IO/TempIn.dat")
        let climate = folder.appending("Clima.run")
        let script = String(decoding: try Data(contentsOf: URL(filePath: climate.string)), as: UTF8.self)
        try write(
            script.replacing("set -eu\n", with: "set -eu\necho run >>\"$(dirname \"$0\")/climate-runs\"\n"),
            to: "Clima.run")
        // The programs were built after their parameters had been copied.
        for program in ["Photo.run", "Clima.run"] {
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSinceNow: 60), .posixPermissions: 0o755],
                ofItemAtPath: folder.appending(program).string)
        }
    }

    /// Writes a file of the package and creates the folders above it.
    package func write(_ text: String, to file: String) throws {
        let path = folder.pushing(FilePath(file))
        try FileManager.default.createDirectory(
            atPath: path.removingLastComponent().string, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(filePath: path.string))
    }

    private func move(_ file: String, to place: String) throws {
        try FileManager.default.moveItem(
            atPath: folder.pushing(FilePath(file)).string, toPath: folder.pushing(FilePath(place)).string)
    }
}
