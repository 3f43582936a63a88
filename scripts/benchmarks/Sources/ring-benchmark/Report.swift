import Foundation

/// The cost of one exploration.
struct Report: Codable {
    struct Role: Codable {
        var cpuSeconds: Double
        /// The peak memory of the role's largest process.
        var peakMegabytes: Double
        /// The number of the role's processes that used CPU time.
        var processes = 0
    }

    var points: Int
    var seconds: Double
    var roles: [String: Role]

    /// Creates a report; `nil` if the summary has no line such as `512 points in 4.2 s: 122 points/s`.
    /// - Parameters:
    ///   - summary: the output of `atmos explore`.
    ///   - usage: the usage of its processes.
    init?(summary: String, usage: Usage) {
        let numbers = summary.split(separator: "\n").first { $0.contains("points/s") }?
            .replacing(",", with: "").split { !$0.isNumber && $0 != "." }.compactMap { Double($0) }
        guard let numbers, numbers.count == 3 else { return nil }
        points = Int(numbers[0])
        seconds = numbers[1]
        roles = usage.byRole
    }

    var cpuMicrosecondsPerPoint: Double {
        roles.values.map(\.cpuSeconds).reduce(0, +) / Double(points) * 1e6
    }

    static let heading =
        "    points   points/s   role                 CPU µs/point   peak MB of a process"

    /// One row for the sum, and one for each role.
    var rows: String {
        let total = [
            right("\(points)", 10), right(decimal(Double(points) / seconds, 0), 11), "   all".padded(to: 24),
            right(decimal(cpuMicrosecondsPerPoint, 1), 12),
        ].joined()
        let parts = roles.sorted { $0.value.cpuSeconds > $1.value.cpuSeconds }.map { name, role in
            [
                String(repeating: " ", count: 24), name.padded(to: 21),
                right(decimal(role.cpuSeconds / Double(points) * 1e6, 1), 12),
                right(decimal(role.peakMegabytes, 0), 17),
            ].joined()
        }
        return ([total] + parts).joined(separator: "\n")
    }
}

/// `number` with `decimals` decimals.
func decimal(_ number: Double, _ decimals: Int) -> String {
    String(format: "%.\(decimals)f", number)
}

func right(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
}

extension String {
    fileprivate func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }
}
