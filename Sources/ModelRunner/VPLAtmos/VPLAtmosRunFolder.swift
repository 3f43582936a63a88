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
    }

    /// The climate includes CH4 above this mixing ratio.
    private static let climateMethane = 1e-4

    /// Creates the folder.
    ///
    /// - Returns: the files that the run starts from: those of the parent if it left both, else the package's.
    /// - Throws: ``ModelFailure`` of kind ``ModelFailure/Kind/spawn`` if Atmos cannot run on the point, or a file cannot be
    ///   read or written.
    func prepare(_ input: ModelInput) throws(ModelFailure) -> Start {
        do {
            try makeFolders()
            let start = try warmStart()
            try copyInputs(but: start.map { Set($0.keys) } ?? [])
            for (file, bytes) in start ?? [:] { try write(bytes, to: file) }
            try edit(input)
            return start == nil ? .package : .parent
        } catch let error as VPLAtmosInputError {
            throw failure(.input, error.description)
        } catch let error as ModelFailure {
            throw error
        } catch {
            throw failure(.spawn, "cannot create the folder of the run: \(error)")
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

    /// The parent's files by their paths in the run; `nil` if it did not leave both.
    private func warmStart() throws(ModelFailure) -> [String: [UInt8]]? {
        let parent = directory.path.appending(RunDirectory.parentFolder)
        let pair = [
            VPLAtmosFiles.photochemistryStart: parent.appending(VPLAtmosFiles.keptPhotochemistry),
            VPLAtmosFiles.climateStart: parent.appending(VPLAtmosFiles.keptClimate),
        ]
        guard pair.values.allSatisfy({ SmallFile.status(of: $0) != nil }) else { return nil }
        var contents: [String: [UInt8]] = [:]
        for (place, file) in pair {
            do {
                contents[place] = try GzipFile.decompress(file, limit: byteLimit)
            } catch {
                throw failure(.parent, "the parent's \(file.lastComponent?.string ?? "file") \(error)")
            }
        }
        return contents
    }

    private func copyInputs(but others: Set<String>) throws {
        let edited: Set = [VPLAtmosFiles.species, VPLAtmosFiles.climateInput]
        for file in VPLAtmosPackage.inputFiles where !others.contains(file) && !edited.contains(file) {
            try write(package.bytes(of: file), to: file)
        }
    }

    private func edit(_ input: ModelInput) throws {
        var species = SpeciesFile(try package.bytes(of: VPLAtmosFiles.species))
        let composition = try VPLAtmosComposition(input)
        try composition.write(to: &species)
        try write(species.bytes, to: VPLAtmosFiles.species)

        var climate = ClimateInputFile(try package.bytes(of: VPLAtmosFiles.climateInput))
        // If the point has no CH4, the template's mixing ratio counts.
        let methane = composition.mixingRatio(of: "CH4") ?? species.mixingRatio(of: "CH4") ?? 0
        try climate.set("NSTEPS", to: climateSteps)
        try climate.set("IUP", to: 0)
        try climate.set("IMET", to: methane > Self.climateMethane ? 1 : 0)
        try write(climate.bytes, to: VPLAtmosFiles.climateInput)
    }

    private func write(_ bytes: [UInt8], to file: String) throws {
        try SmallFile.write(bytes, to: path(file))
    }

    private func path(_ file: String) -> FilePath {
        directory.path.pushing(FilePath(file))
    }

    private func failure(_ kind: ModelFailure.Kind, _ reason: String) -> ModelFailure {
        ModelFailure(kind: kind, message: VPLAtmosCase.inputError.message(reason))
    }
}

/// The mixing ratios of a point, checked before Atmos runs, which would loop for ever on impossible ones.
struct VPLAtmosComposition {
    /// The tolerance for a sum above 1: half of the last of the four digits that Atmos reads, because the mixing ratio of the
    /// inert gas is rounded.
    private static let tolerance = 5e-5

    private let values: [(species: String, mixingRatio: Double)]

    /// - Throws: ``VPLAtmosInputError`` for a value that is not a mixing ratio above zero, or a sum above 1.
    init(_ input: ModelInput) throws(VPLAtmosInputError) {
        var values: [(species: String, mixingRatio: Double)] = []
        for value in input.values {
            guard let mixingRatio = Double(value.value), mixingRatio > 0 else {
                throw VPLAtmosInputError(
                    description: "invalid mixing ratio '\(value.value)' of \(value.name): expected a number above 0")
            }
            values.append((value.name, mixingRatio))
        }
        let sum = values.reduce(0) { $0 + $1.mixingRatio }
        guard sum <= 1 + Self.tolerance else {
            throw VPLAtmosInputError(description: "the sum of the mixing ratios is \(sum), above 1")
        }
        self.values = values
    }

    /// Fixes each species at its mixing ratio.
    func write(to file: inout SpeciesFile) throws(VPLAtmosInputError) {
        for (species, mixingRatio) in values { try file.set(species, to: mixingRatio) }
    }

    /// The mixing ratio of a species with all its digits; `nil` if the point does not have the species.
    func mixingRatio(of species: String) -> Double? {
        values.first { $0.species == species }?.mixingRatio
    }
}
