internal import ArgumentParser

/// `atmos plot`: charts of single runs.
struct PlotCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plot", abstract: "Draw the results of a run.", subcommands: [PlotProfileCommand.self])
}
