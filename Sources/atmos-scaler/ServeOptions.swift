internal import ArgumentParser

/// Where counts are served.
struct ServeOptions: ParsableArguments {
    @Option(help: "Serve counts as JSON on this port: /queues/EXPLORATION/QUEUE, and /report.")
    var serve: UInt16?
}
