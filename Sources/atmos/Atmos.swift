internal import ArgumentParser
internal import Support

@main
struct Atmos: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "atmos",
        abstract: "Maps which atmospheres are stable, by running a model over a parameter space.",
        discussion: """
            On one machine, `atmos explore FILE` does everything: private servers, all roles, a worker for each core, \
            the summary and the map. The other commands read what explorations have found: of a folder that `explore` \
            made, or of the servers that ATMOS_REDIS_URL and ATMOS_MARIADB_URL name.

            Start with: atmos explore config/explorations/habitable-zone.yaml
            """,
        version: SoftwareVersion.current,
        subcommands: [
            ExploreCommand.self, SimulateCommand.self, StatusCommand.self, QueryCommand.self, RunsCommand.self,
            ShowCommand.self,
            WhyCommand.self, CoverageCommand.self, MapCommand.self, ExportCommand.self, ImportCommand.self,
            ImportSurveyCommand.self, RetryCommand.self,
            ReconcileCommand.self, SpaceCommand.self, QueuesCommand.self, DeadCommand.self,
        ])
}
