internal import SystemPackage

/// Messages for the user, apart from the output of a command.
package enum StandardError {
    /// Writes `text` unchanged. A closed pipe is ignored: the message is lost, the command continues.
    package static func write(_ text: String) {
        _ = try? FileDescriptor.standardError.writeAll(text.utf8)
    }
}
