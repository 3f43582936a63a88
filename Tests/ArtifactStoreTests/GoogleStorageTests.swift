import FoundationEssentials
import HTTPClient
import SystemPackage
import TestSupport
import Testing

@testable import ArtifactStore

/// Against an emulator of Google Cloud Storage, and a token service that knows one service account.
@Suite(.enabled(if: PythonServer.isAvailable, "\(PythonServer.absence)"))
struct GoogleStorageTests {
    private struct Ports: Decodable {
        let port: Int
        let tokens: Int
    }

    private let scratch: Scratch

    init() throws {
        scratch = try Scratch()
    }

    private func withServer(_ body: (Ports) async throws -> Void) async throws {
        let key = try scratch.make("openssl genpkey -quiet -algorithm RSA -out", "key.pem")
        let publicKey = try scratch.make("openssl pkey -in '\(key)' -pubout -out", "public.pem")
        try await PythonServer.run("gcs", [publicKey.string]) { try await body($0.decode(Ports.self)) }
    }

    private func store(
        _ prefix: String, port: Int? = nil, environment: [String: String], bucket: String = "atmos",
        chunk: Int = 16 << 20
    ) throws -> ObjectArtifactStore {
        let endpoint = port.map { "?endpoint=http://127.0.0.1:\($0)" } ?? ""
        let location = try BucketURL("gs://\(bucket)/\(prefix)\(endpoint)", parameters: GoogleSettings.parameters)
        return ObjectArtifactStore(
            location: location,
            storage: GoogleStorage(
                settings: try GoogleSettings(location, environment: environment), client: HTTPClient(), chunk: chunk,
                policy: RetryPolicy(attempts: 12, base: .milliseconds(5), cap: .milliseconds(50))))
    }

    /// A service account's file, as Google gives it out.
    private func keyFile(_ ports: Ports, email: String = "worker@atmos.test") throws -> String {
        struct File: Encodable {
            var type = "service_account"
            let client_email, private_key, token_uri: String
        }
        let file = File(
            client_email: email, private_key: try scratch.read("key.pem"),
            token_uri: "http://127.0.0.1:\(ports.tokens)/token")
        return try scratch.write(
            String(decoding: try JSONEncoder().encode(file), as: UTF8.self), to: "\(email).json"
        ).string
    }

    @Test("runs' files go up and come back, whole or not at all, and what was left behind goes")
    func kept() async throws {
        try await withServer { ports in
            let environment = ["STORAGE_EMULATOR_HOST": "127.0.0.1:\(ports.port)"]
            try await ObjectStoreChecks.roundTrip(store("many", environment: environment), runs: 200, scratch)
            try await ObjectStoreChecks.wholeSets(store("whole", environment: environment), scratch)
            try await ObjectStoreChecks.abandoned(store("abandoned", environment: environment), scratch)
            let large = try store("large", environment: environment, chunk: 1 << 20)
            try await ObjectStoreChecks.largeFile(large, bytes: 2_600_001, scratch)
        }
    }

    @Test("a service account's signed assertion, and a machine's metadata, give the token that is needed")
    func tokens() async throws {
        try await withServer { ports in
            for (token, environment) in [
                ("of-the-account", ["GOOGLE_APPLICATION_CREDENTIALS": try keyFile(ports)]),
                ("of-the-machine", ["GCE_METADATA_HOST": "127.0.0.1:\(ports.tokens)"]),
            ] {
                try await PythonServer.run("faults", ["--target", "\(ports.port)", "--token", token]) { proxy in
                    let store = try store(token, port: proxy.port, environment: environment)
                    try await ObjectStoreChecks.roundTrip(store, runs: 3, scratch)
                }
            }
            try await PythonServer.run("faults", ["--target", "\(ports.port)", "--token", "another"]) { proxy in
                let environment = ["GOOGLE_APPLICATION_CREDENTIALS": try keyFile(ports)]
                let refused = try store("x", port: proxy.port, environment: environment)
                let error = await #expect(throws: ArtifactStoreError.self) {
                    try await refused.fetch(runHash(1), into: scratch.folder.appending("f"))
                }
                #expect(error?.code == .accessDenied, "\(error?.message ?? "")")
            }
            for (file, reason) in [
                (try keyFile(ports, email: "stranger@atmos.test"), "gave no credentials, but status 400"),
                (try scratch.write("{}", to: "empty.json").string, "not a JSON file of Google credentials"),
                (try scratch.write("{\"type\":\"external_account\"}", to: "e.json").string, "only service_account"),
                (scratch.folder.appending("missing").string, "cannot be read"),
            ] {
                let refused = try store("x", port: ports.port, environment: ["GOOGLE_APPLICATION_CREDENTIALS": file])
                let error = await #expect(throws: ArtifactStoreError.self) {
                    try await refused.fetch(runHash(1), into: scratch.folder.appending("f"))
                }
                #expect(error?.code == .credentials)
                #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
                #expect(error?.message.contains("PRIVATE KEY") == false)
            }
        }
    }

    @Test("a server that fails one request in three loses nothing, and a cut upload leaves nothing")
    func faults() async throws {
        try await withServer { ports in
            try await PythonServer.run("faults", ["--target", "\(ports.port)", "--fail"]) { proxy in
                let environment = ["STORAGE_EMULATOR_HOST": "http://127.0.0.1:\(try proxy.port)"]
                let store = try store("faults", environment: environment, chunk: 1 << 18)
                try await ObjectStoreChecks.roundTrip(store, runs: 12, scratch)
                try await ObjectStoreChecks.largeFile(store, bytes: 1_000_000, scratch)
            }
            try await PythonServer.run("faults", ["--target", "\(ports.port)", "--cut", "upload_id"]) { proxy in
                let environment = ["STORAGE_EMULATOR_HOST": "http://127.0.0.1:\(try proxy.port)"]
                let store = try store("cut", environment: environment, chunk: 1 << 18)
                let large = try scratch.write(String(repeating: "x", count: 400_000), to: "large")
                let error = await #expect(throws: ArtifactStoreError.self) {
                    try await store.keep([try scratch.write("x", to: "x"), large], under: runHash(1))
                }
                #expect(error?.code == .unavailable, "\(error?.message ?? "")")
                try await ObjectStoreChecks.expectNothing(store, under: runHash(1))
            }
            let elsewhere = try store(
                "x", environment: ["STORAGE_EMULATOR_HOST": "127.0.0.1:\(ports.port)"], bucket: "no-such-bucket")
            let error = await #expect(throws: ArtifactStoreError.self) {
                try await elsewhere.keep([try scratch.write("x", to: "x")], under: runHash(1))
            }
            #expect(error?.code == .bucketNotFound)
        }
    }
}
