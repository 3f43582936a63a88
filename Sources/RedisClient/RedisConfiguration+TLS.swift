extension RedisConfiguration {
    /// How to talk to a server under TLS 1.2 or later. Its certificate must be signed by an authority that is trusted here.
    ///
    /// Files are read whenever a connection is made, so that certificates may be renewed in place.
    public struct TLS: Sendable, Hashable {
        /// A file with the certificates of the authorities to trust, in PEM format; nil trusts those of this system.
        public var caFile: String?
        /// A file with the client's certificate and those that lead to its authority, in PEM format; nil presents none.
        public var certificateFile: String?
        /// A file with the key of the client's certificate, in PEM format and without a passphrase; nil when it is in
        /// ``certificateFile`` too.
        public var keyFile: String?
        /// The name that the server's certificate must be made out to, and that the server is asked for (SNI); nil is the
        /// host to which the connection goes.
        public var serverName: String?
        /// Whether the certificate must be made out to the server's name; true by default.
        ///
        /// - Important: Without this, any server with a certificate of a trusted authority is believed. Only for an
        ///   authority that signs for the Redis servers alone, whose certificates hold no names.
        public var checksName = true

        /// Trusts this system's authorities and presents no certificate.
        public init() {}
    }
}
