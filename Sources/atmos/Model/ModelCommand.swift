internal import ArgumentParser
internal import CommandLineKit
internal import ExplorationFile
internal import FoundationEssentials
internal import Logging
internal import ModelRunner
internal import Support
internal import SystemPackage

/// `atmos model`: looks at a model without exploring.
struct ModelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "model", abstract: "Check a package of Atmos before an exploration.", subcommands: [Check.self])

    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show what a package of Atmos has, what it lacks and how to get it.",
            discussion: """
                Looks at the programs, the templates, how the photochemistry was built, the input files and the state \
                that the climate starts from; holds the exploration's species against species.dat; and runs the first \
                iterations of the photochemistry at the start point, in a temporary folder. Changes nothing in the \
                package.

                  atmos model check ~/atmos
                  atmos model check ~/atmos --exploration my-space.yaml

                Exit status: 0 if the exploration can run, 78 if something is missing.
                """)

        @Argument(
            help: ArgumentHelp(
                "The folder in which Atmos was built (default: the exploration's, else ATMOS_PACKAGE, else /opt/atmos).",
                valueName: "package"))
        var package: String?

        @Option(help: "Use this exploration's template, species and start point.")
        var exploration = "config/explorations/atmos-earth.yaml"

        @Option(help: "Run this many iterations of the photochemistry; 0 for none.")
        var iterations = 5

        @OptionGroup var log: LogOptions

        func validate() throws {
            guard (0...1000).contains(iterations) else {
                throw ValidationError("--iterations must be from 0 to 1000")
            }
        }

        func run() async throws {
            try await Program.run("atmos model check", log, defaultLevel: .warning) { _ in
                let definition = try DefinitionReader.read(file: exploration)
                guard case .atmos(var configuration) = definition.model.adapter else {
                    throw SettingError(
                        description:
                            "\(exploration) does not use Atmos; give an exploration whose model has 'adapter: atmos'")
                }
                if let package {
                    configuration.package =
                        FilePath(FileManager.default.currentDirectoryPath).pushing(FilePath(package)).string
                }
                return await PackageReport(definition: definition, configuration: configuration)
                    .print(iterations: iterations)
            }
        }
    }
}

/// The report on a package, one line for each part.
private struct PackageReport {
    let definition: ExplorationDefinition
    let configuration: VPLAtmosConfiguration

    /// Prints the report while it is made.
    func print(iterations: Int) async -> ExitStatus {
        let check = VPLAtmosPackageCheck(configuration, baseFolder: definition.folder)
        Swift.print("Atmos in \(check.folder), for \(definition.file)")
        for item in check.items { line(item.state, item.subject, item.text) }
        guard check.failure == nil else { return incomplete }
        do {
            let model = try definition.atmos(configuration)
            line(.found, "version", String(model.version.prefix(16)))
            line(.found, "species", "all of the exploration's are in species.dat, and the start point is possible")
            guard iterations > 0 else { return ready }
            let trial = try await model.trial(at: definition.startInput, iterations: iterations)
            line(.found, "photochemistry", "\(trial) iterations of the start point")
            return ready
        } catch let error as DefinitionError {
            for fault in error.diagnostics { line(.fault, "species", "\(error.file):\(fault)") }
        } catch let failure as ModelFailure {
            line(.fault, "photochemistry", failure.message)
            for text in failure.logTail.split(separator: "\n").suffix(5) {
                Swift.print("                  | \(String(text).terminalSafe)")
            }
        } catch {
            line(.fault, "photochemistry", "\(error)")
        }
        return incomplete
    }

    private func line(_ state: VPLAtmosPackageCheck.Item.State, _ subject: String, _ text: String) {
        let mark =
            switch state {
            case .found: "ok  "
            case .note: "note"
            case .fault: "LACK"
            }
        let name = subject + String(repeating: " ", count: max(0, 15 - subject.count))
        Swift.print("  \(mark) \(name) \(text)")
    }

    private var ready: ExitStatus {
        Swift.print("Ready. Next: atmos explore \(definition.file)")
        return .success
    }

    private var incomplete: ExitStatus {
        Swift.print("Not ready: put the lines marked LACK right, then run this command again.")
        return .configuration
    }
}
