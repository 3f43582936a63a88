internal import Exploration

/// Every flag of the scaler can be given by the environment instead: `--job-template` as `JOB_TEMPLATE`.
enum EnvironmentFlags {
    /// Flags that take a value.
    static let valued = [
        "queue", "nodes", "max-cost", "run-time", "job-template", "values", "namespace", "minimum", "maximum",
        "jobs-per-pod", "target-time", "step-up", "step-down", "cool-down", "tolerance", "failure-limit", "serve",
    ]
    /// Flags that are there or not; in the environment `true` or `false`.
    static let switches = ["report"]

    /// The arguments, with a flag of the environment for every one that is not among them.
    ///
    /// - Throws: ``SettingError`` for a switch that is neither true nor false.
    static func completed(_ arguments: [String], environment: [String: String]) throws(SettingError) -> [String] {
        var completed = arguments
        func isGiven(_ flag: String) -> Bool {
            arguments.prefix { $0 != "--" }.contains { $0 == flag || $0.hasPrefix("\(flag)=") }
        }
        for name in valued where !isGiven("--\(name)") {
            let value = try Settings.value(variable: variable(name), environment: environment)
            if let value { completed.insert("--\(name)=\(value)", at: 0) }
        }
        for name in switches where !isGiven("--\(name)") {
            switch try Settings.value(variable: variable(name), environment: environment)?.lowercased() {
            case nil, "false", "no", "0": break
            case "true", "yes", "1": completed.insert("--\(name)", at: 0)
            case let other?:
                throw SettingError(description: "\(variable(name)) is '\(other)', but must be true or false")
            }
        }
        return completed
    }

    /// `JOB_TEMPLATE` for `job-template`.
    static func variable(_ name: String) -> String {
        name.uppercased().replacing("-", with: "_")
    }
}
