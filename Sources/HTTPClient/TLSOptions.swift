internal import Glibc
package import SystemPackage

/// How the other side of a TLS connection is verified, and how this side shows who it is.
///
/// By default the server must have a certificate of the system's authorities for the URL's host. TLS 1.2 is the lowest
/// version.
package struct TLSOptions: Sendable, Hashable {
    /// PEM text, from memory or from a file that is read at every connection.
    package enum Source: Sendable, Hashable {
        case file(FilePath)
        case pem([UInt8])
    }

    /// The authorities that a server's certificate must come from; nil for the system's.
    package var authorities: Source?
    /// The certificate that this side shows, with any intermediate ones after it.
    package var certificate: Source?
    /// The private key of ``certificate``.
    package var privateKey: Source?
    /// The name that the server's certificate must be for, and that the server is asked for; nil for the URL's host.
    package var serverName: String?
    /// Whether the server's certificate is verified. Without it anybody on the way can read and change everything.
    package var verifiesServer = true

    /// Names a file with the authorities to trust where the system's are not those of this program: for one that was put
    /// into somebody else's container image.
    package static let environmentVariable = "ATMOS_CA_FILE"

    /// The authorities of the file that `ATMOS_CA_FILE` names, else the system's; no certificate of our own.
    package init() {
        authorities = getenv(Self.environmentVariable).map { .file(FilePath(platformString: $0)) }
    }
}
