internal import SystemPackage

/// Where executables talk to people while their output goes elsewhere.
package enum StandardError {
    /// Writes `text` as it is. That nobody listens any more is no reason to fail.
    package static func write(_ text: String) {
        _ = try? FileDescriptor.standardError.writeAll(text.utf8)
    }
}
