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
    /// The SHA-256 over the programs, the input files and both folders of data.
    let version: String
    /// Whether the package has no state that the climate could start from, as a fresh build leaves it.
    let lacksClimateStart: Bool
    /// The part that the build of the photochemistry may have in its crash; `nil` if nothing is known.
    let buildNote: String?

    /// The source of each input file.
    private let inputs: [String: FilePath]

    /// The folders that a run reads and never writes.
    static let dataFolders = ["PHOTOCHEM/DATA", "CLIMA/DATA"]

    /// The input files by their paths in a run. Every run has copies, because the programs write some of them.
    static let inputFiles = [
        VPLAtmosFiles.species, VPLAtmosFiles.planet, "PHOTOCHEM/INPUTFILES/input_photchem.dat",
        "PHOTOCHEM/INPUTFILES/params.dat", "PHOTOCHEM/INPUTFILES/reactions.rx", VPLAtmosFiles.photochemistryStart,
        VPLAtmosFiles.climateInput, VPLAtmosFiles.climateStart, "CLIMA/IO/weight_factors.txt", "CLIMA/IO/hcaer.out",
        "CLIMA/IO/hcaer_nohaze.out", "CLIMA/IO/mixing_ratios.dat",
    ]

    /// The folder: at the exploration's path, else the one in `ATMOS_PACKAGE`, else `/opt/atmos`.
    static func folder(_ configuration: VPLAtmosConfiguration, baseFolder: FilePath) -> FilePath {
        let current = FilePath(FileManager.default.currentDirectoryPath)
        if let stated = configuration.package {
            return current.pushing(baseFolder).pushing(FilePath(stated)).lexicallyNormalized()
        }
        let named = ProcessInfo.processInfo.environment[environmentVariable].flatMap { $0.isEmpty ? nil : $0 }
        return current.pushing(named.map { FilePath($0) } ?? standardFolder).lexicallyNormalized()
    }

    /// Finds the package.
    ///
    /// - Throws: ``ModelFailure`` with all faults of the package: of kind ``ModelFailure/Kind/notFound``, or
    ///   ``ModelFailure/Kind/spawn`` for a program that cannot be executed.
    init(_ configuration: VPLAtmosConfiguration, baseFolder: FilePath) throws(ModelFailure) {
        let check = VPLAtmosPackageCheck(configuration, baseFolder: baseFolder)
        if let failure = check.failure { throw failure }
        folder = check.folder
        inputs = check.inputs
        lacksClimateStart = check.lacksClimateStart
        buildNote = check.buildNote
        let package = check.folder
        do {
            let programs = VPLAtmosProgram.allCases.map { package.appending($0.executable) }
            let sources = Self.inputFiles.compactMap { check.inputs[$0] }
            let data = try Self.dataFolders.flatMap { try FolderContents.files(below: package.pushing(FilePath($0))) }
            version = try ModelFingerprint.of(programs + sources + data)
        } catch {
            throw ModelFailure(
                kind: .notFound, message: "cannot read the files of the Atmos package in \(package): \(error)")
        }
    }

    /// The bytes of an input file.
    func bytes(of file: String) throws -> [UInt8] {
        guard let source = inputs[file] else { throw Errno.noSuchFileOrDirectory }
        return [UInt8](try Data(contentsOf: URL(filePath: source.string)))
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

    /// The makefile that its authors build it with.
    var makefile: String {
        switch self {
        case .photochemistry: "PhotoMake"
        case .climate: "ClimaMake"
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
