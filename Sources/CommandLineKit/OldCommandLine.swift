/// Translates command lines of earlier releases, in which flags selected what subcommands select now.
package struct OldCommandLine: Sendable {
    /// A flag that became a subcommand.
    package struct Verb: Sendable {
        let flag: String
        let subcommand: String
        /// Whether the flag has a value that the subcommand needs.
        let isOption: Bool
        /// Flags that had no effect next to this one.
        let ignored: [String]

        package init(_ flag: String, _ subcommand: String, isOption: Bool = false, ignored: [String] = []) {
            self.flag = flag
            self.subcommand = subcommand
            self.isOption = isOption
            self.ignored = ignored
        }
    }

    /// The verbs; if a command line has several, the first one selects the subcommand.
    private let verbs: [Verb]
    /// Old names of options with the new ones.
    private let renamed: [String: String]

    package init(_ verbs: [Verb], renamed: [String: String]) {
        self.verbs = verbs
        self.renamed = renamed
    }

    /// Returns the arguments with a subcommand if they have none, but a flag that became one.
    package func translated(_ arguments: [String]) -> [String] {
        guard !hasSubcommand(arguments) else { return arguments }
        let options = arguments.prefix { $0 != "--" }
        let names = Set(options.map(Self.name))
        guard let verb = verbs.first(where: { names.contains($0.flag) }) else { return arguments }
        let dropped = verb.ignored + (verb.isOption ? [] : [verb.flag])
        let kept = options.filter { !dropped.contains($0) }.map { argument in
            let name = Self.name(argument)
            return (renamed[name] ?? name) + argument.dropFirst(name.count)
        }
        return [verb.subcommand] + kept + arguments.dropFirst(options.count)
    }

    /// Whether the arguments start with a subcommand.
    package func hasSubcommand(_ arguments: [String]) -> Bool {
        guard let first = arguments.first else { return false }
        return first == "help" || verbs.contains { $0.subcommand == first }
    }

    /// `--flag` for `--flag=value`.
    private static func name(_ argument: String) -> String {
        argument.hasPrefix("--") ? String(argument.prefix { $0 != "=" }) : argument
    }
}
