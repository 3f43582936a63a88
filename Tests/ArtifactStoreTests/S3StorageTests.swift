import HTTPClient
import Support
import SystemPackage
import TestSupport
import Testing

@testable import ArtifactStore

/// Tests against a server that checks signatures and permissions.
@Suite("S3", .enabled(if: PythonServer.isAvailable, "\(PythonServer.unavailableReason)"))
struct S3StorageTests {
    private let folder: TemporaryFolder
    /// The minimum size of parts in S3.
    private let small = S3Storage.PartSizes(threshold: 6 << 20, part: 5 << 20)

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test("stores and returns the files of 200 runs")
    func manyRuns_areStored() async throws {
        try await ObjectStoreChecks.roundTrip(S3Fixture.shared().store("many"), runs: 200, folder)
    }

    @Test("stores the files of a run atomically and once")
    func runs_areStoredAtomically() async throws {
        try await ObjectStoreChecks.atomicity(S3Fixture.shared().store("whole"), folder)
    }

    @Test("stores a large file in parts")
    func largeFile_isStoredInParts() async throws {
        let store = try await S3Fixture.shared().store("large", sizes: small)
        try await ObjectStoreChecks.largeFile(store, bytes: 11_000_001, folder)
    }

    @Test("removes the files of a killed worker a day later")
    func orphans_areRemoved() async throws {
        try await ObjectStoreChecks.orphans(S3Fixture.shared().store("orphans"), folder)
    }

    @Test("explains a wrong secret, an unknown key, a missing permission and a missing bucket")
    func refusal_isExplained() async throws {
        let fixture = try await S3Fixture.shared()
        let file = try folder.write("x", to: "x")
        var wrong = fixture.keys[0].environment
        wrong["AWS_SECRET_ACCESS_KEY"] = "wrong"
        let unknown = ["AWS_ACCESS_KEY_ID": "AKIAUNKNOWN", "AWS_SECRET_ACCESS_KEY": "wrong"]
        for environment in [wrong, unknown, fixture.stranger.environment] {
            let store = try fixture.store("refused", environment: environment)
            let error = await #expect(throws: ArtifactStoreError.self) {
                try await store.store([file], for: runHash(1))
            }
            #expect(error?.code == .accessDenied, "\(error?.message ?? "")")
            #expect(error?.message.contains("check the credentials") == true)
            #expect(error?.message.contains("wrong") == false)
            await #expect(throws: ArtifactStoreError.self) {
                try await store.fetch(runHash(1), into: folder.path.appending("f"))
            }
        }
        try await ObjectStoreChecks.expectNothing(in: fixture.store("refused"), for: runHash(1))

        let elsewhere = try fixture.store("x", bucket: "no-such-bucket")
        let missing = await #expect(throws: ArtifactStoreError.self) {
            try await elsewhere.store([file], for: runHash(1))
        }
        #expect(missing?.code == .bucketNotFound)
        let anonymous = try fixture.store("x", environment: ["AWS_EC2_METADATA_DISABLED": "true"])
        let none = await #expect(throws: ArtifactStoreError.self) { try await anonymous.store([file], for: runHash(1)) }
        #expect(none?.code == .credentials)
        #expect(none?.message.contains("AWS_ACCESS_KEY_ID") == true)
    }

    @Test("stores all files although one request in three fails", arguments: [1])
    func failingServer_losesNothing(seed: Int) async throws {
        let fixture = try await S3Fixture.shared()
        try await PythonServer.run("faults", ["--target", "\(fixture.port)", "--fail", "--seed", "\(seed)"]) { proxy in
            let store = try fixture.store("faults-\(seed)", port: proxy.port, sizes: small)
            try await ObjectStoreChecks.roundTrip(store, runs: 12, folder)
            try await ObjectStoreChecks.largeFile(store, bytes: 6_500_000, folder)
        }
    }

    @Test(
        "leaves nothing of uploads that are cut in the middle",
        arguments: ["cut/.*/profiles", "partNumber=2", "manifest"])
    func cutUpload_leavesNothing(path: String) async throws {
        let fixture = try await S3Fixture.shared()
        let prefix = "cut/\(path.filter(\.isLetter))"
        try await PythonServer.run("faults", ["--target", "\(fixture.port)", "--cut", path]) { proxy in
            let store = try fixture.store(prefix, port: proxy.port, sizes: small)
            let large = try folder.write(String(repeating: "0123456789abcdef", count: 7 << 16), to: "large")
            let files = try folder.writeRun(49).files + [large]
            let error = await #expect(throws: ArtifactStoreError.self) {
                try await store.store(files, for: runHash(1))
            }
            #expect(error?.code == .unavailable, "\(error?.message ?? "")")
            #expect(try await !store.fetch(runHash(1), into: folder.path.appending("f")))
            guard path != "manifest" else {
                // The manifest may exist although its response was lost, so the files stay until the sweep.
                try await OrphanSweeper(keys: store.keys, storage: store.storage).sweep(olderThan: UTC.now + 60)
                return try await ObjectStoreChecks.expectNothing(in: store, for: runHash(1))
            }
            try await ObjectStoreChecks.expectNothing(in: store, for: runHash(1))
            let (_, storage) = try fixture.storage("")
            let uploads = try await storage.expectSuccess(
                S3Request(method: .get, key: "", query: [("uploads", ""), ("prefix", prefix)], action: "list uploads"))
            #expect(XMLElement(uploads.body)?.all("Upload").isEmpty == true)
        }
    }

    @Test("detects damaged downloads")
    func damagedDownload_isDetected() async throws {
        let fixture = try await S3Fixture.shared()
        let (files, _) = try folder.writeRun(9)
        _ = try await fixture.store("damage").store(files, for: runHash(1))
        for path in ["state.dat", "manifest.json"] {
            try await PythonServer.run("faults", ["--target", "\(fixture.port)", "--damage", path]) { proxy in
                let store = try fixture.store("damage", port: proxy.port)
                let error = await #expect(throws: ArtifactStoreError.self) {
                    try await store.fetch(runHash(1), into: folder.path.appending("f"))
                }
                #expect(error?.code == .corrupt, "\(error?.message ?? "")")
                #expect((try? folder.names("f"))?.isEmpty ?? true)
            }
        }
    }

    @Test("refuses a manifest with a file outside of the folder")
    func hostileManifest_isRefused() async throws {
        let store = try await S3Fixture.shared().store("hostile")
        let sha256 = String(repeating: "0", count: 64)
        func manifest(_ file: String) -> String {
            "{\"format\":1,\"set\":\"\(sha256.prefix(32))\",\"files\":[{\(file),\"sha256\":\"\(sha256)\"}]}"
        }
        for (number, text) in [
            "{}", "[]", "", "{\"format\":2,\"set\":\"\(sha256.prefix(32))\",\"files\":[]}",
            "{\"format\":1,\"set\":\"../x\",\"files\":[]}",
            manifest("\"name\":\"../x\",\"size\":1"), manifest("\"name\":\"x\",\"size\":-1"),
        ].enumerated() {
            _ = try await store.storage.create(Array(text.utf8), at: store.keys.manifest(runHash(number)))
            let error = await #expect(throws: ArtifactStoreError.self) {
                try await store.fetch(runHash(number), into: folder.path.appending("f"))
            }
            #expect([.corrupt, .invalidName].contains(error?.code), "\(text)")
        }
    }
}
