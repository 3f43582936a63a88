import FoundationEssentials
import Support
import SystemPackage
import TestSupport
import Testing

@testable import ModelRunner

/// A package as a fresh build of Atmos leaves it: an empty `TempIn.dat`, files in templates, `parameters.inc` of one.
@Suite("A fresh package of Atmos")
struct FreshPackageTests {
    @Test("the first run without a parent makes the climate's state once, and its message names the digest")
    func emptyState_isMadeOnce() async throws {
        let package = try FreshPackage()
        let atmos = package.atmos
        let first = try await atmos.run(package.model()).get()
        let again = try await atmos.run(package.model(), VPLAtmosFixture.point([("CO2", "0.01")])).get()
        let store = atmos.fixture.folder.appending("atmos-start-\(try package.model().version.prefix(16))")
        let state = try atmos.fixture.read(store.appending("TempIn.dat"))
        #expect(state.hasSuffix("left by a run with IUP=1\n"))
        let digest = Hexadecimal.encode(SHA256.hash(state.utf8)).prefix(16)
        for result in [first, again] {
            #expect(
                result.message.hasSuffix(
                    "started from the package's files, with CLIMA/IO/TempIn.dat made with IUP=1 (SHA-256 \(digest))"))
        }
        #expect(try FolderContents.names(in: store).sorted() == ["TempIn.dat", "lock"])
        #expect(try package.lines(of: "climate-runs").count == 3)
    }

    @Test("runs that begin together make one state, and all start from it")
    func runsTogether_makeOneState() async throws {
        let package = try FreshPackage()
        let model = try package.model()
        let messages = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<3 { group.addTask { try await package.atmos.run(model).get().message } }
            return try await group.reduce(into: [String]()) { $0.append($1) }
        }
        #expect(Set(messages).count == 1)
        #expect(try package.lines(of: "climate-runs").count == 4)
    }

    @Test("a neighbour that has its parent's files needs no state of the package")
    func warmStart_makesNoState() async throws {
        let package = try FreshPackage()
        let kept = try package.atmos.fixture.runDirectory()
        let parent = try package.atmos.fixture.runDirectory()
        _ = try await package.atmos.run(VPLAtmosFixture.model(), directory: parent).get()
        for name in VPLAtmosModel.warmStartFiles {
            try FolderContents.copy(parent.appending(name), to: kept.appending(name))
        }
        let result = try await package.atmos.run(package.model(), parent: kept).get()
        #expect(result.message.hasSuffix("started from the parent's files"))
        #expect(try package.lines(of: "climate-runs").count == 1)
    }

    @Test("a state that cannot be made fails with the program's words, and the next run tries again")
    func failedState_isTriedAgain() async throws {
        let package = try FreshPackage()
        let failure = try #require(try await package.atmos.run(package.model(climate: "crash")).failure)
        #expect(failure.message.hasPrefix("climate_error: CLIMA "))
        #expect(failure.message.contains("the run with IUP=1 that makes the climate's first state, in "))
        #expect(try await package.atmos.run(package.model()).get().verdict == .stable)
    }

    @Test(
        "a template that is not there is refused with the package's templates",
        arguments: [
            (["ModernEarthSimpel"], "no template 'ModernEarthSimpel'; it has Mars, ModernEarthSimple; did you mean "),
            (["Venus", "Titan"], "no template 'Venus' or 'Titan'; it has Mars, ModernEarthSimple"),
        ])
    func unknownTemplate_isRefused(_ templates: [String], _ text: String) throws {
        let package = try FreshPackage()
        let failure = #expect(throws: ModelFailure.self) { try package.model(templates: templates) }
        #expect(failure?.kind == .notFound)
        #expect(failure?.message.contains(text) == true, "\(failure?.message ?? "")")
    }

    @Test("of several templates, the first that the package has is used")
    func severalTemplates_firstCounts() throws {
        let package = try FreshPackage()
        let check = VPLAtmosPackageCheck(package.configuration(templates: ["ModernEarth", "ModernEarthSimple"]))
        #expect(check.failure == nil)
        #expect(check.template == "ModernEarthSimple")
    }

    @Test("a template that the photochemistry was not built for is refused before a run, with what it was built for")
    func otherBuild_isRefused() throws {
        let package = try FreshPackage()
        let failure = #expect(throws: ModelFailure.self) { try package.model(templates: ["Mars"]) }
        #expect(
            failure?.message.contains("Photo.run was built for the template ModernEarthSimple, not for Mars") == true,
            "\(failure?.message ?? "")")
    }

    @Test("an executable that is older than its parameters is named as the likely cause of a crash")
    func oldExecutable_isNamed() async throws {
        let package = try FreshPackage()
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSince1970: 1_000_000_000)],
            ofItemAtPath: package.folder.appending("Photo.run").string)
        #expect(try await package.atmos.run(package.model()).get().verdict == .stable)
        let failure = try #require(try await package.atmos.run(package.model(photo: "crash")).failure)
        #expect(failure.message.contains("; Photo.run is older than PHOTOCHEM/INPUTFILES/parameters.inc"))
    }

    @Test("a template without settings of the climate takes the default ones")
    func missingClimateTemplate_takesDefaults() async throws {
        let package = try FreshPackage()
        try FileManager.default.removeItem(
            atPath: package.folder.pushing("CLIMA/IO/TEMPLATES/ModernEarthSimple").string)
        try package.write(
            "NSTEPS=    20\nIUP=       1\nIMET=      1\nDEFAULT=   1\n", to: "CLIMA/IO/DEFAULT_input_clima.dat")
        let directory = try package.atmos.fixture.runDirectory()
        _ = try await package.atmos.run(package.model(), directory: directory).get()
        #expect(try package.atmos.text("CLIMA/IO/input_clima.dat", in: directory).contains("DEFAULT="))
    }

    @Test("the version covers every file of both folders of data", arguments: VPLAtmosPackage.dataFolders)
    func version_coversData(_ folder: String) throws {
        let package = try FreshPackage()
        let before = try package.model().version
        try FileManager.default.createDirectory(
            atPath: package.folder.pushing(FilePath("\(folder)/solar")).string, withIntermediateDirectories: true)
        try package.write("a new file\n", to: "\(folder)/solar/flux.dat")
        #expect(try package.model().version != before)
    }
}

/// A fresh package, and models and runs of it.
struct FreshPackage {
    let atmos: VPLAtmosFixture
    private let package: FreshAtmosPackage

    /// The package's folder.
    var folder: FilePath { package.folder }

    init() throws {
        atmos = try VPLAtmosFixture()
        package = try FreshAtmosPackage(at: atmos.fixture.folder.appending("fresh-atmos"))
    }

    func configuration(templates: [String] = ["ModernEarthSimple"]) -> VPLAtmosConfiguration {
        VPLAtmosConfiguration(package: folder.string, templates: templates, climateSteps: 5)
    }

    func model(
        templates: [String] = ["ModernEarthSimple"], photo: String = "converge", climate: String = "converge"
    ) throws -> VPLAtmosModel {
        try VPLAtmosModel(
            configuration(templates: templates), environment: ["STAND_IN_PHOTO": photo, "STAND_IN_CLIMA": climate])
    }

    func write(_ text: String, to file: String) throws { try package.write(text, to: file) }

    /// The lines of a file in the package.
    func lines(of file: String) throws -> [Substring] {
        try atmos.fixture.read(folder.appending(file)).split(separator: "\n")
    }
}
