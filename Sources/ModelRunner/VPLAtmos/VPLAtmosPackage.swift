internal import FoundationEssentials
package import SystemPackage

/// The folder of Atmos: its two programs, their data, and the input files of a run.
package struct VPLAtmosPackage: Sendable {
    /// The variable with the folder, if the exploration does not name it.
    package static let environmentVariable = "ATMOS_PACKAGE"
    /// The folder if neither the exploration nor the environment names one.
    package static let standardFolder: FilePath = "/opt/atmos"

    /// The folder, as an absolute path.
    let folder: FilePath
    /// The SHA-256 over the programs and the input files.
    let version: String

    private let template: String?

    /// The folders that a run reads and never writes.
    static let dataFolders = ["PHOTOCHEM/DATA", "CLIMA/DATA"]

    /// The input files by their paths in a run. Every run has copies, because the programs write some of them.
    static let inputFiles = [
        VPLAtmosFiles.species, VPLAtmosFiles.planet, "PHOTOCHEM/INPUTFILES/input_photchem.dat",
        "PHOTOCHEM/INPUTFILES/reactions.rx", VPLAtmosFiles.photochemistryStart, VPLAtmosFiles.climateInput,
        VPLAtmosFiles.climateStart, "CLIMA/IO/weight_factors.txt", "CLIMA/IO/hcaer.out", "CLIMA/IO/hcaer_nohaze.out",
        "CLIMA/IO/mixing_ratios.dat",
    ]

    /// Finds the package: at the exploration's path, else in the folder in `ATMOS_PACKAGE`, else in `/opt/atmos`.
    ///
    /// - Throws: ``ModelFailure`` of kind ``ModelFailure/Kind/notFound`` with all missing files, or
    ///   ``ModelFailure/Kind/spawn`` for a program that cannot be executed.
    init(_ configuration: VPLAtmosConfiguration, baseFolder: FilePath) throws(ModelFailure) {
        let current = FilePath(FileManager.default.currentDirectoryPath)
        let named = ProcessInfo.processInfo.environment[Self.environmentVariable].flatMap { $0.isEmpty ? nil : $0 }
        if let stated = configuration.package {
            folder = current.pushing(baseFolder).pushing(FilePath(stated)).lexicallyNormalized()
        } else {
            folder = current.pushing(named.map { FilePath($0) } ?? Self.standardFolder).lexicallyNormalized()
        }
        template = configuration.template
        let package = folder
        let template = configuration.template
        for program in VPLAtmosProgram.allCases {
            _ = try ExecutableSearch.resolve(
                "./\(program.executable)", ofModel: VPLAtmosModel.modelName, baseFolder: package, searchPath: nil)
        }
        let inputs = Self.inputFiles.map { Self.source(of: $0, in: package, template: template) }
        let missing =
            zip(Self.inputFiles, inputs).filter { $1 == nil }.map(\.0)
            + Self.dataFolders.filter { !Self.isFolder(package.pushing(FilePath($0))) }
        guard missing.isEmpty else {
            let place = template.map { ", neither in its usual place nor in the template \($0)" } ?? ""
            throw ModelFailure(
                kind: .notFound,
                message: "the Atmos package in \(package) lacks \(missing.joined(separator: ", "))\(place)")
        }
        do {
            let programs = VPLAtmosProgram.allCases.map { package.appending($0.executable) }
            version = try ModelFingerprint.of(programs + inputs.compactMap { $0 })
        } catch {
            throw ModelFailure(
                kind: .notFound, message: "cannot read the files of the Atmos package in \(package): \(error)")
        }
    }

    /// The source of an input file of a run: the template has precedence over the package.
    private func source(of file: String) -> FilePath? {
        Self.source(of: file, in: folder, template: template)
    }

    /// The bytes of an input file.
    func bytes(of file: String) throws -> [UInt8] {
        guard let source = source(of: file) else { throw Errno.noSuchFileOrDirectory }
        return [UInt8](try Data(contentsOf: URL(filePath: source.string)))
    }

    private static func source(of file: String, in package: FilePath, template: String?) -> FilePath? {
        let path = FilePath(file)
        var places = [package.pushing(path)]
        if let template, let name = path.lastComponent {
            let templates = file.hasPrefix("PHOTOCHEM/") ? "PHOTOCHEM/INPUTFILES/TEMPLATES" : "CLIMA/IO/TEMPLATES"
            places.insert(package.pushing(FilePath(templates)).appending(template).appending(name), at: 0)
        }
        return places.first { FileManager.default.isReadableFile(atPath: $0.string) && !isFolder($0) }
    }

    private static func isFolder(_ path: FilePath) -> Bool {
        var isFolder = false
        return FileManager.default.fileExists(atPath: path.string, isDirectory: &isFolder) && isFolder
    }
}

/// The two programs of Atmos, in the order of a run.
enum VPLAtmosProgram: String, CaseIterable, Sendable {
    case photochemistry
    case climate

    /// Its name for users.
    var name: String {
        switch self {
        case .photochemistry: "PHOTOCHEM"
        case .climate: "CLIMA"
        }
    }

    /// The name of its executable in the package.
    var executable: String {
        switch self {
        case .photochemistry: "Photo.run"
        case .climate: "Clima.run"
        }
    }

    /// The file with its output.
    var log: String {
        switch self {
        case .photochemistry: "photo.log"
        case .climate: "clima.log"
        }
    }

    /// The file with its progress, in addition to its log.
    var report: String {
        switch self {
        case .photochemistry: VPLAtmosFiles.photochemistryReport
        case .climate: VPLAtmosFiles.climateReport
        }
    }
}

/// The paths of Atmos's files in the folder of a run.
enum VPLAtmosFiles {
    static let species = "PHOTOCHEM/INPUTFILES/species.dat"
    /// The state that the photochemistry starts from, and the one that it leaves for another run.
    static let photochemistryStart = "PHOTOCHEM/in.dist"
    static let photochemistryEnd = "PHOTOCHEM/OUTPUT/out.dist"
    static let planet = "PHOTOCHEM/INPUTFILES/PLANET.dat"
    static let photochemistryInput = "PHOTOCHEM/INPUTFILES/input_photchem.dat"
    static let photochemistryOutputs = "PHOTOCHEM/OUTPUT"
    static let photochemistryReport = "PHOTOCHEM/OUTPUT/out.out"
    static let mixingRatios = "PHOTOCHEM/OUTPUT/PTZ_mixingratios_out.dist"
    static let climateInput = "CLIMA/IO/input_clima.dat"
    /// The state that the climate starts from, and the one that it leaves for another run.
    static let climateStart = "CLIMA/IO/TempIn.dat"
    static let climateEnd = "CLIMA/IO/TempOut.dat"
    static let climateReport = "CLIMA/IO/clima_allout.tab"

    /// The folders of a run, parents before their children.
    static let folders = [
        "PHOTOCHEM", "PHOTOCHEM/INPUTFILES", "PHOTOCHEM/OUTPUT", "CLIMA", "CLIMA/IO", "COUPLE",
    ]

    /// The files that a run keeps, by the name of the compressed artifact. The first of several paths with a file that is
    /// not empty counts.
    static let kept: [(name: String, places: [String])] = [
        ("out.out.gz", [photochemistryReport]), (keptPhotochemistry, [photochemistryEnd]),
        ("species.dat.gz", [species]), (keptClimateReport, [climateReport]), (keptClimate, [climateEnd]),
        ("input_clima.dat.gz", [climateInput]),
        // The photochemistry writes the first for the climate; the second is the run's input.
        ("mixing_ratios.dat.gz", ["COUPLE/mixing_ratios.dat", "CLIMA/IO/mixing_ratios.dat"]),
        ("photo.log.gz", [VPLAtmosProgram.photochemistry.log]), ("clima.log.gz", [VPLAtmosProgram.climate.log]),
        (keptProfile, [mixingRatios]),
    ]

    static let keptPhotochemistry = "out.dist.gz"
    static let keptClimate = "TempOut.dat.gz"
    static let keptProfile = "PTZ_mixingratios_out.dist.gz"
    static let keptClimateReport = "clima_allout.tab.gz"
}
