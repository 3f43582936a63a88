import Foundation

/// Where the time goes, and what would be needed for twice as many points a second.
struct ProfileTable {
    let report: Report
    let profile: ServerProfile
    /// How many cores this machine has.
    let cores: Int

    /// The costliest of each kind.
    private static let most = 8

    var text: String {
        let commands = profile.commands.filter { !Self.isScript($0) }
        return
            (section(
                "MariaDB, by statement, its waiting for the disk included (calls: how often it was seen)",
                profile.statements)
            + section("Redis, by call", profile.commands.filter(Self.isScript))
            + section("Redis, by command within the calls", commands) + ["", bound]).joined(separator: "\n")
    }

    private static func isScript(_ entry: ServerProfile.Entry) -> Bool {
        entry.name.hasPrefix("eval") || entry.name.hasPrefix("fcall") || entry.name.hasPrefix("script")
    }

    private func section(_ title: String, _ entries: [ServerProfile.Entry]) -> [String] {
        let rows = entries.sorted { $0.time > $1.time }.prefix(Self.most).map { entry in
            right(decimal(entry.time / Double(report.points) * 1e6, 1), 9)
                + right(decimal(entry.calls / Double(report.points), 3), 14) + "   " + String(entry.name.prefix(96))
        }
        return ["", title, "  µs/point   calls/point"] + rows
    }

    /// Every process but MariaDB does its work on one thread, more or less, and MariaDB for each sql-client on one.
    private var bound: String {
        let rate = Double(report.points) / report.seconds
        let used = report.roles.values.reduce(0) { $0 + $1.cpuSeconds } / report.seconds
        let alone = report.roles.filter { $0.value.cpuSeconds > 0.02 * report.seconds }.mapValues { role in
            rate * report.seconds * Double(role.processes) / role.cpuSeconds
        }.sorted { $0.value < $1.value }
        let ceilings = alone.map { "\($0.key) \(Int($0.value))" }.joined(separator: ", ")
        let needed = alone.filter { $0.value < 2 * rate }.map { name, ceiling in
            "\(name) (\(decimal(2 * rate / ceiling, 1)) cores)"
        }
        var sentences = [
            "\(decimal(used, 2)) of \(cores) cores were busy"
                + (used > 0.85 * Double(cores)
                    ? ": the machine is what bounds it." : ": something waits, and not for a core."),
            "With a core for each of its processes, each role would carry so many points a second: \(ceilings).",
            "Twice as many points a second need \(decimal(2 * used, 1)) cores",
        ]
        sentences[2] +=
            needed.isEmpty
            ? ", and nothing else." : "; by then more than one core is wanted by \(needed.joined(separator: ", "))."
        return sentences.joined(separator: "\n")
    }
}
