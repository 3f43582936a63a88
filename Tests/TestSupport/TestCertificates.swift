internal import Subprocess
package import SystemPackage

/// Certificates for a server and its clients, created with the `openssl` command in a separate folder.
package struct TestCertificates: Sendable {
    /// A certificate and its key, in PEM format.
    package struct Pair: Sendable {
        package let certificate: FilePath
        package let key: FilePath
    }

    /// The name in the valid certificates, in addition to `127.0.0.1`.
    package static let name = "redis.test"

    /// The certificate of the authority that signed all others.
    package let authority: FilePath
    /// An authority that did not sign any of them.
    package let otherAuthority: FilePath
    /// A valid server certificate.
    package let server: Pair
    /// An expired server certificate.
    package let expired: Pair
    /// A server certificate for another name.
    package let misnamed: Pair
    /// A valid client certificate.
    package let client: Pair

    private let folder: TemporaryFolder

    private static let newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc"]

    /// Creates all certificates, in about a tenth of a second.
    package init() async throws {
        let folder = try TemporaryFolder()
        self.folder = folder
        authority = try await Self.authority("authority", in: folder.path).certificate
        otherAuthority = try await Self.authority("other", in: folder.path).certificate
        let names = "DNS:\(Self.name),IP:127.0.0.1"
        server = try await Self.pair("server", names: names, in: folder.path)
        expired = try await Self.pair("expired", names: names, days: -1, in: folder.path)
        misnamed = try await Self.pair("misnamed", names: "DNS:elsewhere.test", in: folder.path)
        client = try await Self.pair("client", names: "DNS:client.test", in: folder.path)
    }

    /// The options for a `redis-server` with TLS.
    ///
    /// - Parameter asksClients: whether clients need a certificate.
    package func options(port: UInt16, _ pair: Pair, asksClients: Bool = false) -> [String] {
        [
            "--tls-port", "\(port)", "--tls-cert-file", pair.certificate.string, "--tls-key-file", pair.key.string,
            "--tls-ca-cert-file", authority.string, "--tls-auth-clients", asksClients ? "yes" : "no", "--bind",
            "127.0.0.1",
        ]
    }

    private static func files(_ name: String, in folder: FilePath) -> Pair {
        Pair(certificate: folder.appending("\(name).pem"), key: folder.appending("\(name).key"))
    }

    private static func authority(_ name: String, in folder: FilePath) async throws -> Pair {
        let files = files(name, in: folder)
        try await openssl(
            ["req", "-x509", "-days", "2", "-subj", "/CN=Authority \(name)", "-keyout", files.key.string]
                + ["-out", files.certificate.string] + newKey)
        return files
    }

    private static func pair(_ name: String, names: String, days: Int = 2, in folder: FilePath) async throws -> Pair {
        let files = files(name, in: folder)
        let authority = Self.files("authority", in: folder)
        let request = folder.appending("\(name).csr")
        try await openssl(
            ["req", "-new", "-subj", "/CN=\(name)", "-addext", "subjectAltName=\(names)", "-out", request.string]
                + ["-keyout", files.key.string] + newKey)
        // Only this command accepts a negative number of days, for an expired certificate.
        try await openssl([
            "x509", "-req", "-in", request.string, "-CA", authority.certificate.string, "-CAkey",
            authority.key.string, "-days", "\(days)", "-copy_extensions", "copy", "-out", files.certificate.string,
        ])
        return files
    }

    private static func openssl(_ arguments: [String]) async throws {
        let result = try await Subprocess.run(
            .name("openssl"), arguments: Arguments(arguments), input: .none, output: .discarded,
            error: .string(limit: 4096))
        guard result.terminationStatus.isSuccess else {
            throw OpenSSLFailure(description: "openssl \(arguments[0]) failed: \(result.standardError)")
        }
    }

    private struct OpenSSLFailure: Error, CustomStringConvertible {
        let description: String
    }
}
