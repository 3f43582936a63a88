/// What a request to AWS is signed with. Never printed.
struct AWSCredentials: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible {
    let accessKeyID: String
    let secretAccessKey: String
    /// With temporary credentials.
    var sessionToken: String?

    /// Without a secret.
    var description: String { "credentials of the access key \(accessKeyID)" }
    var debugDescription: String { description }
}
