internal import Glibc
internal import SystemPackage

/// The folder of one run of Atmos: everything that the two programs read, and nothing of any other run.
struct AtmosRunFolder: Sendable {
    /// The run directory.
    let directory: RunDirectory
    /// Where the input files come from.
    let package: AtmosPackage
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
        } catch let error as AtmosInputError {
            throw failure(error.description)
        } catch let error as ModelFailure {
            throw error
        } catch {
            throw failure("the folder of the run could not be made: \(error)")
        }
    }

    private func makeFolders() throws {
        for folder in AtmosFiles.folders {
            guard mkdir(path(folder).string, 0o755) == 0 else { throw Errno(rawValue: errno) }
        }
        for folder in AtmosPackage.dataFolders {
            let data = package.folder.pushing(FilePath(folder))
            guard symlink(data.string, path(folder).string) == 0 else { throw Errno(rawValue: errno) }
        }
    }

    /// What the parent left to start from, by the place that it goes to; nil where it did not leave both files.
    private func warmStart() throws(ModelFailure) -> [String: [UInt8]]? {
        let parent = directory.path.appending(RunDirectory.parentFolder)
        let pair = [
            AtmosFiles.photochemistryStart: parent.appending(AtmosFiles.keptPhotochemistry),
            AtmosFiles.climateStart: parent.appending(AtmosFiles.keptClimate),
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
        let edited: Set = [AtmosFiles.species, AtmosFiles.climateInput]
        for file in AtmosPackage.inputFiles where !others.contains(file) && !edited.contains(file) {
            try write(package.bytes(of: file), to: file)
        }
    }

    private func edit(_ input: ModelInput) throws {
        var species = SpeciesFile(try package.bytes(of: AtmosFiles.species))
        let composition = try AtmosComposition(input)
        try composition.write(to: &species)
        try write(species.bytes, to: AtmosFiles.species)

        var climate = ClimateInputFile(try package.bytes(of: AtmosFiles.climateInput))
        // Where the point does not tell, the template does.
        let methane = composition.mixingRatio(of: "CH4") ?? species.mixingRatio(of: "CH4") ?? 0
        try climate.set("NSTEPS", to: climateSteps)
        try climate.set("IUP", to: 0)
        try climate.set("IMET", to: methane > Self.climateMethane ? 1 : 0)
        try write(climate.bytes, to: AtmosFiles.climateInput)
    }

    private func write(_ bytes: [UInt8], to file: String) throws {
        try SmallFile.write(bytes, to: path(file))
    }

    private func path(_ file: String) -> FilePath {
        directory.path.pushing(FilePath(file))
    }

    private func failure(_ reason: String) -> ModelFailure {
        ModelFailure(kind: .spawn, message: AtmosCase.inputError.message("\(reason)."))
    }
}
