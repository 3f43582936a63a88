internal import ArgumentParser
internal import Scaler

/// Making workers in the cluster itself.
struct ApplyOptions: ParsableArguments {
    /// How far a trial goes.
    enum DryRun: String, ExpressibleByArgument, CaseIterable {
        /// The server checks everything and stores nothing.
        case server
        /// Nothing is sent; what would be is printed.
        case client
    }

    @Flag(help: "Make the workers that are lacking in the cluster, from --job-template.")
    var apply = false

    @Flag(
        help: ArgumentHelp(
            "Like --apply, again and again until SIGTERM.",
            discussion: "Several may run: one leads, by a Lease object, and another takes over when it has gone."))
    var watch = false

    @Flag(help: "With --report or --job-template: ask the cluster for the workers that there are.")
    var live = false

    @Option(
        help: ArgumentHelp(
            "Only try: 'server' has the cluster check everything and store nothing, 'client' prints and asks nobody.",
            discussion: "--dry-run alone means 'server'."))
    var dryRun: DryRun?

    @Option(help: "With --watch: how many seconds lie between two rounds.")
    var every = 15.0

    @Option(
        help: ArgumentHelp(
            "The Deployment that this scaler runs as: it owns what is made, and has events posted on it.",
            discussion: "By its annotation atmos-explorer.io/suspended: \"true\" the scaler makes nothing."))
    var deployment: String?

    @Option(help: "With --watch: the Lease that several scalers agree by.")
    var lease = "atmos-scaler"

    @Option(help: "How many seconds Jobs that completed are kept.")
    var keepCompleted = 600

    @Option(help: "How many seconds Jobs that failed are kept.")
    var keepFailed = 86_400

    @OptionGroup var cluster: ClusterOptions

    /// Whether a cluster is asked at all.
    var asksCluster: Bool { (apply || watch) && dryRun != .client }

    func validate() throws {
        if dryRun != nil, !apply { throw ValidationError("--dry-run goes with --apply, and not with --watch") }
        guard every >= 1, every <= 3600 else { throw ValidationError("--every must be 1 to 3600 seconds") }
        guard keepCompleted >= 0, keepFailed >= 0 else {
            throw ValidationError("--keep-completed and --keep-failed must not be negative")
        }
    }

    /// `--dry-run` alone stands for `--dry-run=server`, as with kubectl.
    static func completed(_ arguments: [String]) -> [String] {
        arguments.map { $0 == "--dry-run" ? "--dry-run=\(DryRun.server.rawValue)" : $0 }
    }
}
