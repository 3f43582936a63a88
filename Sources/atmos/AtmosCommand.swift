internal import ArgumentParser
internal import Support

@main
struct AtmosCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "atmos",
        abstract: "Map which atmospheres are stable, by running a model over a parameter space.",
        discussion: """
            `atmos explore FILE` does everything on one machine: it starts private servers, all roles and a worker for \
            each core, and ends with a summary and a map. The other commands read and repair explorations.

            Which ledger a command reads: the folder given with --data; else the servers that \
            \(EnvironmentNames.redisURL) and \(EnvironmentNames.mariaDBURL) name; else .atmos/NAME, if --exploration \
            NAME is given; else the folder in .atmos that was explored last.

            Start with: atmos explore config/explorations/habitable-zone.yaml
            """,
        version: SoftwareVersion.current,
        subcommands: [
            ExploreCommand.self, SimulateCommand.self, StatusCommand.self, QueryCommand.self, RunsCommand.self,
            ShowCommand.self, WhyCommand.self, CoverageCommand.self, MapCommand.self, PlotCommand.self,
            ExportCommand.self,
            ImportCommand.self, ImportSurveyCommand.self, RetryCommand.self, ReconcileCommand.self, SpaceCommand.self,
            ModelCommand.self,
            QueuesCommand.self, DeadCommand.self,
        ])
}
