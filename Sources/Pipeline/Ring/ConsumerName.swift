internal import FoundationEssentials

/// How a process signs its leases: role, host and process id, and a part drawn at random, since process ids repeat.
package struct ConsumerName: Sendable, CustomStringConvertible {
    package let host: String
    package let description: String

    /// - Parameter role: the executable's name without `atmos-`.
    package init(role: String) {
        host = ProcessInfo.processInfo.hostName
        let process = ProcessInfo.processInfo.processIdentifier
        description = "\(role)@\(host):\(process):\(String(UInt32.random(in: 0...UInt32.max), radix: 36))"
    }
}
