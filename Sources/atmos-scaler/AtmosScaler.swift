internal import ArgumentParser
internal import Exploration

@main
struct AtmosScaler: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "atmos-scaler", abstract: "Reports on queues, and makes workers for them on Kubernetes.")
}
