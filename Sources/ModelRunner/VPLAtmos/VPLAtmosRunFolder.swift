internal import Glibc
internal import SystemPackage

/// The folder of one run of Atmos, with all files that the two programs read and none of another run.
struct VPLAtmosRunFolder: Sendable {
    /// The run directory.
    let directory: RunDirectory
    /// The source of the input files.
    let package: VPLAtmosPackage
    /// The number of the climate's steps.
    let climateSteps: Int
    /// The largest size of a decompressed file of the parent.
    let byteLimit: Int

    /// The files that a run starts from.
    enum Start: Sendable, Equatable {
        /// The files of the parent.
        case parent
        /// The package's files.
        case package
        /// The package's files, and a state of the climate that was made for the package.
        case made(VPLAtmosClimateState)

        /// Its words in a message.
        var text: String {
            switch self {
            case .parent: "started from the parent's files"
            case .package: "started from the package's files"
            case .made(let state):
                "started from the package's files, with \(VPLAtmosFiles.climateStart) made with IUP=1 (SHA-256 \(state.digest.prefix(16)))"
            }
        }
    }

    /// The climate includes CH4 above this mixing ratio.
    private static let climateMethane = 1e-4

    /// Creates the folder of a point's run.
    ///
    /// - Parameter state: the climate's start for a package without one; not needed if the parent left its files.
    /// - Returns: the files that the run starts from: those of the parent if it left both, else the package's.
    /// - Throws: ``ModelFailure`` of kind ``ModelFailure/Kind/spawn`` if Atmos cannot run on the point, or a file cannot be
    ///   read or written.
    func prepare(_ input: ModelInput, state: VPLAtmosClimateState?) throws(ModelFailure) -> Start {
        try reportingErrors {
            try makeFolders()
            var start = try warmStart()
            let isWarm = start != nil
            if !isWarm, let state { start = [VPLAtmosFiles.climateStart: state.bytes] }
            try copyInputs(but: start.map { Set($0.keys) } ?? [])
            for (file, bytes) in start ?? [:] { try write(bytes, to: file) }
            try edit(VPLAtmosComposition(input), isFirst: false)
            return isWarm ? .parent : state.map { .made($0) } ?? .package
        }
    }

    /// Creates the folder of a run without a state of the climate, with IUP=1, by which the climate begins with an analytic
    /// profile.
    ///
    /// - Parameter point: `nil` for the package's composition.
    func prepareFirst(_ point: ModelInput? = nil) throws(ModelFailure) {
        try reportingErrors {
            let composition = try point.map { try VPLAtmosComposition($0) }
            try makeFolders()
            try copyInputs(but: [VPLAtmosFiles.climateStart])
            try write([], to: VPLAtmosFiles.climateStart)
            try edit(composition, isFirst: true)
        }
    }

    /// Whether the parent left both files that a run starts from.
    var hasParent: Bool {
        parentFiles.values.allSatisfy { SmallFile.status(of: $0) != nil }
    }

    private func reportingErrors<Value>(_ body: () throws -> Value) throws(ModelFailure) -> Value {
        do {
            return try body()
        } catch let error as VPLAtmosInputError {
            var failure = failure(error.description)
            failure.isPermanent = true
            throw failure
        } catch let error as ModelFailure {
            throw error
        } catch {
            throw failure("cannot create the folder of the run: \(error)")
        }
    }

    /// Makes the climate's end state its start, so that its next run continues.
    ///
    /// - Throws: ``ModelFailure`` of kind ``ModelFailure/Kind/spawn``.
    func continueClimate() throws(ModelFailure) {
        // Nothing of this run remains that the next one could be mistaken to have written.
        guard rename(path(VPLAtmosFiles.climateEnd).string, path(VPLAtmosFiles.climateStart).string) == 0,
            unlink(path(VPLAtmosFiles.climateReport).string) == 0,
            unlink(path(VPLAtmosProgram.climate.log).string) == 0
        else { throw failure("cannot continue the climate: \(Errno(rawValue: errno))") }
    }

    /// Makes both programs' end states their starts, and lets the photochemistry read the climate's temperature and water.
    ///
    /// - Throws: ``ModelFailure`` of kind ``ModelFailure/Kind/spawn``.
    func beginNextPass() throws(ModelFailure) {
        try continueClimate()
        do {
            let input = VPLAtmosFiles.photochemistryInput
            var settings = ClimateInputFile(
                try SmallFile.read(path(input), limit: byteLimit), name: "input_photchem.dat")
            try settings.set("ICOUPLE", to: 1)
            for file in [input, VPLAtmosFiles.photochemistryStart, VPLAtmosProgram.photochemistry.log] {
                guard unlink(path(file).string) == 0 else { throw Errno(rawValue: errno) }
            }
            try write(settings.bytes, to: input)
            guard
                rename(path(VPLAtmosFiles.photochemistryEnd).string, path(VPLAtmosFiles.photochemistryStart).string)
                    == 0
            else { throw Errno(rawValue: errno) }
            let outputs = path(VPLAtmosFiles.photochemistryOutputs)
            for name in try FolderContents.names(in: outputs) { unlink(outputs.appending(name).string) }
        } catch let error as VPLAtmosInputError {
            throw failure(error.description)
        } catch {
            throw failure("cannot begin the next pass: \(error)")
        }
    }

    private func makeFolders() throws {
        for folder in VPLAtmosFiles.folders {
            guard mkdir(path(folder).string, 0o755) == 0 else { throw Errno(rawValue: errno) }
        }
        for folder in VPLAtmosPackage.dataFolders {
            let data = package.folder.pushing(FilePath(folder))
            guard symlink(data.string, path(folder).string) == 0 else { throw Errno(rawValue: errno) }
        }
    }

    /// The parent's compressed files, by the paths of their contents in the run.
    private var parentFiles: [String: FilePath] {
        let parent = directory.path.appending(RunDirectory.parentFolder)
        return [
            VPLAtmosFiles.photochemistryStart: parent.appending(VPLAtmosFiles.keptPhotochemistry),
            VPLAtmosFiles.climateStart: parent.appending(VPLAtmosFiles.keptClimate),
        ]
    }

    /// The contents of the parent's files by their paths in the run; `nil` if it did not leave both.
    private func warmStart() throws(ModelFailure) -> [String: [UInt8]]? {
        guard hasParent else { return nil }
        var contents: [String: [UInt8]] = [:]
        for (place, file) in parentFiles {
            do {
                contents[place] = try GzipFile.decompress(file, limit: byteLimit)
            } catch {
                throw failure("the parent's \(file.lastComponent?.string ?? "file") \(error)")
            }
        }
        return contents
    }

    private func copyInputs(but others: Set<String>) throws {
        let edited: Set = [VPLAtmosFiles.species, VPLAtmosFiles.planet, VPLAtmosFiles.climateInput]
        for file in VPLAtmosPackage.inputFiles where !others.contains(file) && !edited.contains(file) {
            try write(package.bytes(of: file), to: file)
        }
    }

    /// - Parameters:
    ///   - composition: the point's; `nil` for the package's.
    ///   - isFirst: whether the climate begins without a state.
    private func edit(_ composition: VPLAtmosComposition?, isFirst: Bool) throws {
        var species = SpeciesFile(try package.bytes(of: VPLAtmosFiles.species))
        try composition?.write(to: &species)
        try composition?.check(with: species.heldSpecies)
        try write(species.bytes, to: VPLAtmosFiles.species)

        var planet = PlanetFile(try package.bytes(of: VPLAtmosFiles.planet))
        try composition?.write(to: &planet)
        try write(planet.bytes, to: VPLAtmosFiles.planet)

        // If the point has no CH4, the template's mixing ratio counts.
        let methane = composition?.mixingRatio(of: "CH4") ?? species.mixingRatio(of: "CH4") ?? 0
        try writeClimateInput(methane: methane, albedo: composition?.climateAlbedo, isFirst: isFirst)
    }

    /// Writes the climate's settings again, with the methane that the photochemistry found, unless the point fixes it.
    ///
    /// - Throws: ``ModelFailure`` of kind ``ModelFailure/Kind/spawn``.
    func setMethane(_ mixingRatio: Double, of input: ModelInput) throws(ModelFailure) {
        guard !input.values.contains(where: { $0.name == "CH4" }) else { return }
        do {
            guard unlink(path(VPLAtmosFiles.climateInput).string) == 0 else { throw Errno(rawValue: errno) }
            let albedo = try VPLAtmosComposition(input).climateAlbedo
            try writeClimateInput(methane: mixingRatio, albedo: albedo, isFirst: false)
        } catch {
            throw failure("cannot write the climate's settings: \(error)")
        }
    }

    private func writeClimateInput(methane: Double, albedo: Double?, isFirst: Bool) throws {
        var climate = ClimateInputFile(try package.bytes(of: VPLAtmosFiles.climateInput))
        try climate.set("NSTEPS", to: climateSteps)
        try climate.set("IUP", to: isFirst ? 1 : 0)
        try climate.set("IMET", to: methane > Self.climateMethane ? 1 : 0)
        if let albedo { try climate.set("SRFALB", toNumber: albedo) }
        try write(climate.bytes, to: VPLAtmosFiles.climateInput)
    }

    private func write(_ bytes: [UInt8], to file: String) throws {
        try SmallFile.write(bytes, to: path(file))
    }

    private func path(_ file: String) -> FilePath {
        directory.path.pushing(FilePath(file))
    }

    private func failure(_ reason: String) -> ModelFailure {
        ModelFailure(kind: .spawn, message: VPLAtmosCase.inputError.message(reason))
    }
}
