/// Why an artifact store refused or failed.
package struct ArtifactStoreError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The reasons.
    package enum Code: Sendable, Hashable {
        /// The URL is none, or of a kind that this build does not know.
        case invalidURL
        /// The hash is not 64 lower-case hexadecimal digits.
        case invalidHash
        /// A file's name is not plain, or is there twice.
        case invalidName
        /// What should be kept is not a regular file, or is not there.
        case invalidFile
        /// The file system refused.
        case fileSystem
        /// No credentials were found, or they could not be had.
        case credentials
        /// The store refused the credentials, or what they ask for.
        case accessDenied
        /// There is no such bucket.
        case bucketNotFound
        /// The store cannot be reached, or kept failing.
        case unavailable
        /// The store answered with any other error.
        case refused
        /// What was kept is not what comes back.
        case corrupt
    }

    /// What happened, for programs.
    package let code: Code

    /// What happened, for people: one sentence.
    package let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The message.
    package var description: String { message }
}
