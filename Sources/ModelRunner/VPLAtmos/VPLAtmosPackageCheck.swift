internal import FoundationEssentials
internal import Support
package import SystemPackage

/// The parts that a package of Atmos has and lacks, found by looking at its files.
///
/// A run of Atmos needs a package without faults. A note is something that a run may have to do with.
package struct VPLAtmosPackageCheck: Sendable {
    /// One part of a package.
    package struct Item: Sendable, Equatable {
        /// The state of the part.
        package enum State: String, Sendable {
            case found, note, fault
        }

        /// The part's name for users, such as `programs`.
        package let subject: String
        package let state: State
        /// The files that are there, or those that are missing and how to get them.
        package let text: String
    }

    /// The package's folder, as an absolute path.
    package let folder: FilePath
    /// The template whose files are used; `nil` for the package's own files.
    package private(set) var template: String?
    /// The parts, in the order in which a user would put them right.
    package private(set) var items: [Item] = []
    /// The faults of the package as an error; `nil` if Atmos can run.
    package private(set) var failure: ModelFailure?
    /// The source of each input file that exists, by its path in a run.
    private(set) var inputs: [String: FilePath] = [:]
    /// Whether the climate has no state to start from.
    private(set) var lacksClimateStart = false

    /// The part that the build of the photochemistry may have in its crash; `nil` if nothing is known.
    var buildNote: String? { items.first { $0.subject == Self.build && $0.state == .note }?.text }

    /// Looks at the package of an exploration.
    package init(_ configuration: VPLAtmosConfiguration, baseFolder: FilePath = FilePath(".")) {
        folder = VPLAtmosPackage.folder(configuration, baseFolder: baseFolder)
        guard Self.isFolder(folder) else {
            add(
                "folder",
                fault: "there is no Atmos package in \(folder); the exploration's model.package or the variable "
                    + "\(VPLAtmosPackage.environmentVariable) names the folder in which Atmos was built")
            return
        }
        checkPrograms()
        guard chooseTemplate(from: configuration.templates) else { return }
        checkBuild()
        checkFiles()
    }

    // MARK: - The parts

    private mutating func checkPrograms() {
        var found: [String] = []
        for program in VPLAtmosProgram.allCases {
            do {
                _ = try ExecutableSearch.resolve(
                    "./\(program.executable)", ofModel: VPLAtmosModel.modelName, baseFolder: folder, searchPath: nil)
                found.append(program.executable)
            } catch {
                let remedy = error.kind == .notFound ? "; build it with 'make -f \(program.makefile)' in \(folder)" : ""
                add("programs", fault: error.message + remedy, kind: error.kind)
            }
        }
        if !found.isEmpty { add("programs", found: found.joined(separator: ", ")) }
    }

    /// - Returns: whether the exploration's template is there, or needs none.
    private mutating func chooseTemplate(from wanted: [String]) -> Bool {
        let known = Self.folders(in: folder.pushing(Self.photochemistryTemplates))
        let list = known.isEmpty ? "it has no templates" : "it has \(known.joined(separator: ", "))"
        guard let first = wanted.first else {
            add("template", found: "none: the package's own input files are used; \(list)")
            return true
        }
        guard let chosen = wanted.first(where: known.contains) else {
            let hint = ClosestName.of(first, among: known).map { "; did you mean '\($0)'?" } ?? ""
            let names = wanted.map { "'\($0)'" }.joined(separator: " or ")
            add("template", fault: "the Atmos package in \(folder) has no template \(names); \(list)\(hint)")
            return false
        }
        template = chosen
        add("template", found: "\(chosen) (\(list))")
        return true
    }

    /// A template's `parameters.inc` is compiled into the photochemistry: it has the numbers of species and reactions.
    private mutating func checkBuild() {
        let built = folder.pushing(FilePath("PHOTOCHEM/INPUTFILES/\(Self.parametersFile)"))
        let photochemistry = VPLAtmosProgram.photochemistry
        let remedy =
            "run RunModels.sh in \(folder) with this template, or copy its \(Self.parametersFile) to "
            + "PHOTOCHEM/INPUTFILES and build with 'make -f \(photochemistry.makefile)'"
        if let template,
            let wanted = Self.contents(
                of: folder.pushing(Self.photochemistryTemplates).appending(template).appending(Self.parametersFile)),
            let present = Self.contents(of: built), present != wanted
        {
            let other = Self.folders(in: folder.pushing(Self.photochemistryTemplates)).first { name in
                let file = folder.pushing(Self.photochemistryTemplates).appending(name).appending(Self.parametersFile)
                return Self.contents(of: file) == present
            }
            add(
                Self.build,
                fault:
                    "\(photochemistry.executable) was built for \(other.map { "the template \($0)" } ?? "other species"), "
                    + "not for \(template): PHOTOCHEM/INPUTFILES/\(Self.parametersFile) differs from the template's; \(remedy)"
            )
            return
        }
        if let source = Self.modificationDate(of: built),
            let program = Self.modificationDate(of: folder.appending(photochemistry.executable)), program < source
        {
            add(
                Self.build,
                note:
                    "\(photochemistry.executable) is older than PHOTOCHEM/INPUTFILES/\(Self.parametersFile), so it may have "
                    + "been built for another template; if the photochemistry crashes, \(remedy)")
        } else if FileManager.default.fileExists(atPath: built.string) {
            add(Self.build, found: "\(photochemistry.executable) fits \(Self.parametersFile)")
        }
    }

    private mutating func checkFiles() {
        for file in VPLAtmosPackage.inputFiles { inputs[file] = source(of: file) }
        let missing =
            VPLAtmosPackage.inputFiles.filter { inputs[$0] == nil && $0 != VPLAtmosFiles.climateStart }
            + VPLAtmosPackage.dataFolders.filter { !Self.isFolder(folder.pushing(FilePath($0))) }
        if missing.isEmpty {
            add("input files", found: "\(VPLAtmosPackage.inputFiles.count), and both folders of data")
        } else {
            let place = template.map { ", neither in its usual place nor in the template \($0)" } ?? ""
            add("input files", fault: "the Atmos package in \(folder) lacks \(missing.joined(separator: ", "))\(place)")
        }
        if usesDefaultClimate {
            add(
                "climate",
                note:
                    "the template \(template ?? "") has no settings of the climate, so those in \(Self.defaultClimateInput) "
                    + "count, as RunModels.sh has it; Atmos's authors ask to check them")
        }
        lacksClimateStart = inputs[VPLAtmosFiles.climateStart].map { !SmallFile.hasContent($0) } ?? true
        add(
            "starting state",
            found: lacksClimateStart
                ? "\(VPLAtmosFiles.climateStart) is empty, as in a fresh build; the first run makes the state by one run of both "
                    + "programs with IUP=1, and keeps it" : VPLAtmosFiles.climateStart)
    }

    // MARK: - Where files are

    private static let build = "build"
    private static let photochemistryTemplates: FilePath = "PHOTOCHEM/INPUTFILES/TEMPLATES"
    private static let climateTemplates: FilePath = "CLIMA/IO/TEMPLATES"
    private static let parametersFile = "parameters.inc"
    private static let defaultClimateInput = "CLIMA/IO/DEFAULT_input_clima.dat"

    /// A photochemistry's template without a counterpart for the climate takes the climate's default settings.
    private var usesDefaultClimate: Bool {
        guard let template else { return false }
        return !Self.isFolder(folder.pushing(Self.climateTemplates).appending(template))
            && Self.isFile(folder.pushing(FilePath(Self.defaultClimateInput)))
    }

    /// The source of an input file: the template has precedence over the package's own file.
    private func source(of file: String) -> FilePath? {
        let path = FilePath(file)
        var places = [folder.pushing(path)]
        if let template, let name = path.lastComponent {
            let templates = file.hasPrefix("PHOTOCHEM/") ? Self.photochemistryTemplates : Self.climateTemplates
            places.insert(folder.pushing(templates).appending(template).appending(name), at: 0)
        }
        if file == VPLAtmosFiles.climateInput, usesDefaultClimate {
            places.insert(folder.pushing(FilePath(Self.defaultClimateInput)), at: 0)
        }
        return places.first(where: Self.isFile)
    }

    private static func folders(in parent: FilePath) -> [String] {
        ((try? FolderContents.names(in: parent)) ?? []).filter { isFolder(parent.appending($0)) }.sorted()
    }

    private static func isFile(_ path: FilePath) -> Bool {
        FileManager.default.isReadableFile(atPath: path.string) && !isFolder(path)
    }

    private static func isFolder(_ path: FilePath) -> Bool {
        var isFolder = false
        return FileManager.default.fileExists(atPath: path.string, isDirectory: &isFolder) && isFolder
    }

    private static func contents(of file: FilePath) -> Data? {
        try? Data(contentsOf: URL(filePath: file.string))
    }

    private static func modificationDate(of file: FilePath) -> Date? {
        try? FileManager.default.attributesOfItem(atPath: file.string)[.modificationDate] as? Date
    }

    // MARK: - The list

    private mutating func add(_ subject: String, found text: String) {
        items.append(Item(subject: subject, state: .found, text: text))
    }

    private mutating func add(_ subject: String, note text: String) {
        items.append(Item(subject: subject, state: .note, text: text))
    }

    private mutating func add(_ subject: String, fault text: String, kind: ModelFailure.Kind = .notFound) {
        items.append(Item(subject: subject, state: .fault, text: text))
        let earlier = failure.map { "\($0.message); " } ?? ""
        failure = ModelFailure(kind: failure?.kind ?? kind, message: earlier + text)
    }
}
