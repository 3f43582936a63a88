/// Why the API server did not do what it was asked, or why it could not be asked.
package struct KubernetesError: Error, Sendable, CustomStringConvertible {
    /// The reasons.
    package enum Code: Sendable, Hashable {
        /// 400: the request cannot be understood; with strict validation also an unknown or duplicate field.
        case badRequest
        /// 401: the credentials are not accepted.
        case unauthorized
        /// 403: the account may not do it, or a quota or an admission rule is against it.
        case forbidden
        /// 404: no such object, namespace or kind.
        case notFound
        /// 409: an object of that name is there.
        case alreadyExists
        /// 409: somebody else changed the object meanwhile.
        case conflict
        /// 410: the version of the objects that was asked for is forgotten.
        case expired
        /// 422: the object contradicts the rules of its kind.
        case invalid
        /// 429: the server wants to be left alone for a while.
        case tooManyRequests
        /// 5xx: the server or something behind it is in trouble.
        case unavailable
        /// There was no answer: a network, name or time-out.
        case unreachable
        /// There was no agreement on TLS, or the request could not even be formed.
        case connection
        /// The answer makes no sense.
        case unexpectedAnswer
        /// The kubeconfig, or the pod's own configuration, cannot be used.
        case configuration
        /// The credentials could not be had.
        case credentials
    }

    /// One thing that is wrong with an object.
    package struct Cause: Sendable, Hashable {
        /// Where: `spec.template.spec.restartPolicy`.
        package let field: String
        /// What.
        package let message: String
    }

    /// What happened, for programs.
    package let code: Code
    /// What happened, where, and what can be done; one sentence for people, without a secret.
    package let message: String
    /// What is wrong with the object, place by place; empty unless the server says so.
    package let causes: [Cause]

    package init(_ code: Code, _ message: String, causes: [Cause] = []) {
        self.code = code
        self.message = message
        self.causes = causes
    }

    /// The message.
    package var description: String { message }

    /// Whether the same may succeed a little later without anybody changing anything.
    package var isTransient: Bool {
        switch code {
        case .tooManyRequests, .unavailable, .unreachable: true
        default: false
        }
    }
}
