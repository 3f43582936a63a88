internal import FoundationEssentials
package import SystemPackage

/// Atmos as it lies in a folder: its two programs, their data, and the input files that a run begins with.
package struct VPLAtmosPackage: Sendable {
    /// Names the folder where the exploration does not.
    package static let environmentVariable = "ATMOS_PACKAGE"
    /// Where the folder is in an image, when nothing names it.
    package static let standardFolder: FilePath = "/opt/atmos"

    /// The folder, as an absolute path.
    let folder: FilePath
    /// What tells this package from others: a SHA-256 over the programs and the input files.
    let version: String

    private let template: String?

    /// Folders that a run reads and never writes.
    static let dataFolders = ["PHOTOCHEM/DATA", "CLIMA/DATA"]

    /// The input files of a run, by their place in it. Every run has its own, since the programs write some of them.
    static let inputFiles = [
        VPLAtmosFiles.species, "PHOTOCHEM/INPUTFILES/PLANET.dat", "PHOTOCHEM/INPUTFILES/input_photchem.dat",
        "PHOTOCHEM/INPUTFILES/reactions.rx", VPLAtmosFiles.photochemistryStart, VPLAtmosFiles.climateInput,
        VPLAtmosFiles.climateStart, "CLIMA/IO/weight_factors.txt", "CLIMA/IO/hcaer.out", "CLIMA/IO/hcaer_nohaze.out",
        "CLIMA/IO/mixing_ratios.dat",
    ]

    /// Finds the package: where the exploration says, else where `ATMOS_PACKAGE` says, else in `/opt/atmos`.
    ///
    /// - Throws: ``ModelFailure`` of kind ``ModelFailure/Kind/notFound`` that names all that is missing, or
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
            let place = template.map { ", neither in its own place nor in the template \($0)" } ?? ""
            throw ModelFailure(
                kind: .notFound,
                message: "The Atmos package in \(package) lacks \(missing.joined(separator: ", "))\(place).")
        }
        do {
            let programs = VPLAtmosProgram.allCases.map { package.appending($0.executable) }
            version = try ModelFingerprint.of(programs + inputs.compactMap { $0 })
        } catch {
            throw ModelFailure(
                kind: .notFound, message: "The files of the Atmos package in \(package) could not be read: \(error).")
        }
    }

    /// Where an input file of a run comes from: the template has precedence over the package's own.
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

/// The two programs of Atmos, in the order in which a run needs them.
enum VPLAtmosProgram: String, CaseIterable, Sendable {
    case photochemistry
    case climate

    /// What people call it.
    var name: String {
        switch self {
        case .photochemistry: "PHOTOCHEM"
        case .climate: "CLIMA"
        }
    }

    /// Its file in the package.
    var executable: String {
        switch self {
        case .photochemistry: "Photo.run"
        case .climate: "Clima.run"
        }
    }

    /// The file that it prints to.
    var log: String {
        switch self {
        case .photochemistry: "photo.log"
        case .climate: "clima.log"
        }
    }

    /// The file that tells how far it is, beside its log.
    var report: String {
        switch self {
        case .photochemistry: VPLAtmosFiles.photochemistryReport
        case .climate: VPLAtmosFiles.climateReport
        }
    }
}

/// The places of Atmos's files in the folder of a run.
enum VPLAtmosFiles {
    static let species = "PHOTOCHEM/INPUTFILES/species.dat"
    /// What the photochemistry starts from, and what it leaves for the next one to start from.
    static let photochemistryStart = "PHOTOCHEM/in.dist"
    static let photochemistryEnd = "PHOTOCHEM/OUTPUT/out.dist"
    static let photochemistryReport = "PHOTOCHEM/OUTPUT/out.out"
    static let mixingRatios = "PHOTOCHEM/OUTPUT/PTZ_mixingratios_out.dist"
    static let climateInput = "CLIMA/IO/input_clima.dat"
    /// What the climate starts from, and what it leaves for the next one to start from.
    static let climateStart = "CLIMA/IO/TempIn.dat"
    static let climateEnd = "CLIMA/IO/TempOut.dat"
    static let climateReport = "CLIMA/IO/clima_allout.tab"

    /// Folders that a run begins with, those that hold others first.
    static let folders = [
        "PHOTOCHEM", "PHOTOCHEM/INPUTFILES", "PHOTOCHEM/OUTPUT", "CLIMA", "CLIMA/IO", "COUPLE",
    ]

    /// The files that are kept, compressed, by the name that they are kept under. Of several places the first with
    /// something in it counts.
    static let kept: [(name: String, places: [String])] = [
        ("out.out.gz", [photochemistryReport]), (keptPhotochemistry, [photochemistryEnd]),
        ("species.dat.gz", [species]), ("clima_allout.tab.gz", [climateReport]), (keptClimate, [climateEnd]),
        ("input_clima.dat.gz", [climateInput]),
        // The photochemistry writes the first for the climate; the second is what the run began with.
        ("mixing_ratios.dat.gz", ["COUPLE/mixing_ratios.dat", "CLIMA/IO/mixing_ratios.dat"]),
        ("photo.log.gz", [VPLAtmosProgram.photochemistry.log]), ("clima.log.gz", [VPLAtmosProgram.climate.log]),
    ]

    static let keptPhotochemistry = "out.dist.gz"
    static let keptClimate = "TempOut.dat.gz"
}
