internal import Support

/// Every flag of the scaler can be given by the environment instead: `--job-template` as `JOB_TEMPLATE`.
///
/// Which flags there are is taken from the help text, so that a flag that has help has a variable too.
struct EnvironmentFlags {
    /// A flag, and whether it takes a value.
    struct Flag: Hashable {
        let name: String
        let takesValue: Bool

        /// `JOB_TEMPLATE` for `--job-template`.
        var variable: String {
            name.uppercased().replacing("-", with: "_")
        }
    }

    /// Flags that have variables of their own, or that no environment should ask for.
    private static let others = ["help", "redis-url", "mariadb-url", "log-level", "health-port", "kubeconfig"]

    let flags: [Flag]

    /// - Parameter help: the command's help text, in lines so long that none is broken.
    init(help: String) {
        flags = help.split(separator: "\n").compactMap { line in
            // "  --job-template <job-template>  Render this template …", "  --report                …"
            guard let match = line.firstMatch(of: /^\ \ (?:-[a-z],\ )?--([a-z][a-z-]*)(\ <[^>]*>)?(?:\ |$)/),
                !Self.others.contains(String(match.output.1))
            else { return nil }
            return Flag(name: String(match.output.1), takesValue: match.output.2 != nil)
        }
    }

    /// The arguments, with a flag of the environment for every one that is not among them.
    ///
    /// - Throws: ``SettingError`` for a switch that is neither true nor false.
    func completed(_ arguments: [String], environment: [String: String]) throws(SettingError) -> [String] {
        let given = Set(arguments.prefix { $0 != "--" }.map { String($0.prefix { $0 != "=" }) })
        var added: [String] = []
        for flag in flags where !given.contains("--\(flag.name)") {
            guard let value = try EnvironmentSetting.value(variable: flag.variable, environment: environment) else { continue }
            if flag.takesValue {
                added.append("--\(flag.name)=\(value)")
            } else if try isOn(value, flag) {
                added.append("--\(flag.name)")
            }
        }
        return added + arguments
    }

    private func isOn(_ value: String, _ flag: Flag) throws(SettingError) -> Bool {
        switch value.lowercased() {
        case "true", "yes", "1": return true
        case "false", "no", "0": return false
        default: throw SettingError(description: "\(flag.variable) is '\(value)', but must be true or false")
        }
    }
}
