internal import ArgumentParser
internal import Simulation

/// What lies between the runs.
struct SimulatedRoleOptions: ParsableArguments {
    @Option(help: "How many sql-clients there are.")
    var sqlClients = 1

    @Option(help: "How many masters there are.")
    var masters = 1

    @Option(
        help: ArgumentHelp(
            "What a worker needs for each run besides: for the lease, the folder, files, the report.",
            valueName: "time"),
        transform: { try DistributionOption.read($0, TimeDistribution.seconds) })
    var overhead = 0.01

    @Option(
        help: ArgumentHelp("What sql-client needs for each message.", valueName: "time"),
        transform: { try DistributionOption.read($0, TimeDistribution.seconds) })
    var messageTime = RoleCosts().message

    @Option(
        help: ArgumentHelp("What a master needs for each neighbour.", valueName: "time"),
        transform: { try DistributionOption.read($0, TimeDistribution.seconds) })
    var proposalTime = RoleCosts().proposal

    init() {}

    func validate() throws {
        for (name, count) in [("--sql-clients", sqlClients), ("--masters", masters)]
        where !(1...1_000).contains(count) {
            throw ValidationError("\(name) must be from 1 to 1000")
        }
    }

    func apply(to settings: inout SimulationSettings) {
        settings.sqlClients = sqlClients
        settings.masters = masters
        settings.overhead = overhead
        settings.costs.message = messageTime
        settings.costs.proposal = proposalTime
    }
}
