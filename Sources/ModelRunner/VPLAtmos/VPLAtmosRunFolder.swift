internal import Glibc
internal import SystemPackage

/// The folder of one run of Atmos: everything that the two programs read, and nothing of any other run.
struct VPLAtmosRunFolder: Sendable {
    /// The run directory.
    let directory: RunDirectory
    /// Where the input files come from.
    let package: VPLAtmosPackage
    /// How many steps the climate is to take.
    let climateSteps: Int
    /// The most bytes that a file of the parent may hold.
    let byteLimit: Int

    /// Where a run starts.
    enum Start: Sendable, Equatable {
        /// From the files that the parent left.
        case parent
        /// From the package's own pair.
        case package
    }

    /// CH4 above this mixing ratio is part of the climate.
    private static let climateMethane = 1e-4

    /// Makes the folder.
    ///
    /// - Returns: where the run starts: from the parent's pair of files where it left both, else from the package's.
    /// - Throws: ``ModelFailure`` of kind ``ModelFailure/Kind/spawn`` when there is no such run, or a file cannot be read
    ///   or written.
    func prepare(_ input: ModelInput) throws(ModelFailure) -> Start {
        do {
            try makeFolders()
            let start = try warmStart()
            try copyInputs(but: start.map { Set($0.keys) } ?? [])
            for (file, bytes) in start ?? [:] { try write(bytes, to: file) }
            try edit(input)
            return start == nil ? .package : .parent
        } catch let error as VPLAtmosInputError {
            throw failure(error.description)
        } catch let error as ModelFailure {
            throw error
        } catch {
            throw failure("the folder of the run could not be made: \(error)")
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

    /// What the parent left to start from, by the place that it goes to; nil where it did not leave both files.
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
                throw failure("the parent's \(file.lastComponent?.string ?? "file") \(error)")
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
        // Where the point does not tell, the template does.
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

    private func failure(_ reason: String) -> ModelFailure {
        ModelFailure(kind: .spawn, message: VPLAtmosCase.inputError.message("\(reason)."))
    }
}

/// The mixing ratios of a point, checked before Atmos sees them: it would loop for ever on those of an impossible one.
struct VPLAtmosComposition {
    /// The most that the sum may be above 1: the last of the four digits that Atmos is given, halved, since what remains
    /// for the inert gas is a rounded number.
    private static let rounding = 5e-5

    private let values: [(species: String, mixingRatio: Double)]

    /// - Throws: ``VPLAtmosInputError`` for a value that is no mixing ratio above zero, or a sum above 1.
    init(_ input: ModelInput) throws(VPLAtmosInputError) {
        var values: [(species: String, mixingRatio: Double)] = []
        for value in input.values {
            guard let mixingRatio = Double(value.value), mixingRatio > 0 else {
                throw VPLAtmosInputError(
                    description: "\(value.name) is \(value.value), but Atmos needs mixing ratios above zero")
            }
            values.append((value.name, mixingRatio))
        }
        let sum = values.reduce(0) { $0 + $1.mixingRatio }
        guard sum <= 1 + Self.rounding else {
            throw VPLAtmosInputError(description: "the mixing ratios are \(sum) in sum, which is above 1")
        }
        self.values = values
    }

    /// Holds each species at its mixing ratio.
    func write(to file: inout SpeciesFile) throws(VPLAtmosInputError) {
        for (species, mixingRatio) in values { try file.set(species, to: mixingRatio) }
    }

    /// The mixing ratio of a species, with all of its digits; nil where the point has none.
    func mixingRatio(of species: String) -> Double? {
        values.first { $0.species == species }?.mixingRatio
    }
}
