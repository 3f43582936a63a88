import FoundationEssentials
import HTTPClient
import SystemPackage
import TestSupport
import Testing

@testable import ArtifactStore

/// Tests against an emulator of Google Cloud Storage and a token service with one service account.
@Suite("Google Cloud Storage", .enabled(if: PythonServer.isAvailable, "\(PythonServer.unavailableReason)"))
struct GoogleStorageTests {
    private struct Ports: Decodable {
        let port: Int
        let tokens: Int
    }

    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func withServer(_ body: (Ports) async throws -> Void) async throws {
        let key = try folder.shell("openssl genpkey -quiet -algorithm RSA -out", "key.pem")
        let publicKey = try folder.shell("openssl pkey -in '\(key)' -pubout -out", "public.pem")
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

    /// Writes the key file of a service account.
    private func keyFile(_ ports: Ports, email: String = "worker@atmos.test") throws -> String {
        struct File: Encodable {
            var type = "service_account"
            let client_email, private_key, token_uri: String
        }
        let file = File(
            client_email: email, private_key: try folder.text("key.pem"),
            token_uri: "http://127.0.0.1:\(ports.tokens)/token")
        return try folder.write(
            String(decoding: try JSONEncoder().encode(file), as: UTF8.self), to: "\(email).json"
        ).string
    }

    @Test("stores files atomically, returns them and removes orphans")
    func files_areStoredAtomically() async throws {
        try await withServer { ports in
            let environment = ["STORAGE_EMULATOR_HOST": "127.0.0.1:\(ports.port)"]
            try await ObjectStoreChecks.roundTrip(store("many", environment: environment), runs: 200, folder)
            try await ObjectStoreChecks.atomicity(store("whole", environment: environment), folder)
            try await ObjectStoreChecks.orphans(store("orphans", environment: environment), folder)
            let large = try store("large", environment: environment, chunk: 1 << 20)
            try await ObjectStoreChecks.largeFile(large, bytes: 2_600_001, folder)
        }
    }

    @Test("gets its token with a service account's key or from the metadata server")
    func tokens_comeFromKeyOrMetadata() async throws {
        try await withServer { ports in
            for (token, environment) in [
                ("of-the-account", ["GOOGLE_APPLICATION_CREDENTIALS": try keyFile(ports)]),
                ("of-the-machine", ["GCE_METADATA_HOST": "127.0.0.1:\(ports.tokens)"]),
            ] {
                try await PythonServer.run("faults", ["--target", "\(ports.port)", "--token", token]) { proxy in
                    let store = try store(token, port: proxy.port, environment: environment)
                    try await ObjectStoreChecks.roundTrip(store, runs: 3, folder)
                }
            }
            try await PythonServer.run("faults", ["--target", "\(ports.port)", "--token", "another"]) { proxy in
                let environment = ["GOOGLE_APPLICATION_CREDENTIALS": try keyFile(ports)]
                let refused = try store("x", port: proxy.port, environment: environment)
                let error = await #expect(throws: ArtifactStoreError.self) {
                    try await refused.fetch(runHash(1), into: folder.path.appending("f"))
                }
                #expect(error?.code == .accessDenied, "\(error?.message ?? "")")
            }
            for (file, reason) in [
                (try keyFile(ports, email: "stranger@atmos.test"), "(status 400)"),
                (try folder.write("{}", to: "empty.json").string, "not a JSON file of Google credentials"),
                (try folder.write("{\"type\":\"external_account\"}", to: "e.json").string, "only service_account"),
                (folder.path.appending("missing").string, "cannot read"),
            ] {
                let refused = try store("x", port: ports.port, environment: ["GOOGLE_APPLICATION_CREDENTIALS": file])
                let error = await #expect(throws: ArtifactStoreError.self) {
                    try await refused.fetch(runHash(1), into: folder.path.appending("f"))
                }
                #expect(error?.code == .credentials)
                #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
                #expect(error?.message.contains("PRIVATE KEY") == false)
            }
        }
    }

    @Test("stores all files although one request in three fails, and leaves nothing of a cut upload")
    func faults_loseNothing() async throws {
        try await withServer { ports in
            try await PythonServer.run("faults", ["--target", "\(ports.port)", "--fail"]) { proxy in
                let environment = ["STORAGE_EMULATOR_HOST": "http://127.0.0.1:\(try proxy.port)"]
                let store = try store("faults", environment: environment, chunk: 1 << 18)
                try await ObjectStoreChecks.roundTrip(store, runs: 12, folder)
                try await ObjectStoreChecks.largeFile(store, bytes: 1_000_000, folder)
            }
            try await PythonServer.run("faults", ["--target", "\(ports.port)", "--cut", "upload_id"]) { proxy in
                let environment = ["STORAGE_EMULATOR_HOST": "http://127.0.0.1:\(try proxy.port)"]
                let store = try store("cut", environment: environment, chunk: 1 << 18)
                let large = try folder.write(String(repeating: "x", count: 400_000), to: "large")
                let error = await #expect(throws: ArtifactStoreError.self) {
                    try await store.store([try folder.write("x", to: "x"), large], for: runHash(1))
                }
                #expect(error?.code == .unavailable, "\(error?.message ?? "")")
                try await ObjectStoreChecks.expectNothing(in: store, for: runHash(1))
            }
            let elsewhere = try store(
                "x", environment: ["STORAGE_EMULATOR_HOST": "127.0.0.1:\(ports.port)"], bucket: "no-such-bucket")
            let error = await #expect(throws: ArtifactStoreError.self) {
                try await elsewhere.store([try folder.write("x", to: "x")], for: runHash(1))
            }
            #expect(error?.code == .bucketNotFound)
        }
    }
}
