internal import SystemPackage

/// Where results go.
enum StandardOutput {
    /// Writes `text` as it is. That nobody listens any more is no reason to fail.
    static func write(_ text: String) {
        _ = try? FileDescriptor.standardOutput.writeAll(text.utf8)
    }
}
