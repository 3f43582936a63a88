import HTTPClient
import Support
import SystemPackage
import TestSupport
import Testing

@testable import ArtifactStore

/// Against a server that checks signatures and permissions.
@Suite(.enabled(if: PythonServer.isAvailable, "\(PythonServer.absence)"))
struct S3StorageTests {
    private let scratch: Scratch
    /// The smallest parts that S3 takes.
    private let small = S3Storage.PartSizes(threshold: 6 << 20, part: 5 << 20)

    init() throws {
        scratch = try Scratch()
    }

    @Test("the files of 200 runs go up and come back")
    func many() async throws {
        try await ObjectStoreChecks.roundTrip(S3Fixture.shared().store("many"), runs: 200, scratch)
    }

    @Test("a run's files appear whole or not at all, and once")
    func whole() async throws {
        try await ObjectStoreChecks.wholeSets(S3Fixture.shared().store("whole"), scratch)
    }

    @Test("a large file goes up in parts")
    func large() async throws {
        let store = try await S3Fixture.shared().store("large", sizes: small)
        try await ObjectStoreChecks.largeFile(store, bytes: 11_000_001, scratch)
    }

    @Test("what a killed worker left behind goes a day later")
    func abandoned() async throws {
        try await ObjectStoreChecks.abandoned(S3Fixture.shared().store("abandoned"), scratch)
    }

    @Test("a wrong secret, an unknown key, a missing permission and a missing bucket are refused, in words")
    func refused() async throws {
        let fixture = try await S3Fixture.shared()
        let file = try scratch.write("x", to: "x")
        var wrong = fixture.keys[0].environment
        wrong["AWS_SECRET_ACCESS_KEY"] = "wrong"
        let unknown = ["AWS_ACCESS_KEY_ID": "AKIAUNKNOWN", "AWS_SECRET_ACCESS_KEY": "wrong"]
        for environment in [wrong, unknown, fixture.stranger.environment] {
            let store = try fixture.store("refused", environment: environment)
            let error = await #expect(throws: ArtifactStoreError.self) {
                try await store.keep([file], under: runHash(1))
            }
            #expect(error?.code == .accessDenied, "\(error?.message ?? "")")
            #expect(error?.message.contains("check the credentials") == true)
            #expect(error?.message.contains("wrong") == false)
            await #expect(throws: ArtifactStoreError.self) {
                try await store.fetch(runHash(1), into: scratch.folder.appending("f"))
            }
        }
        try await ObjectStoreChecks.expectNothing(fixture.store("refused"), under: runHash(1))

        let elsewhere = try fixture.store("x", bucket: "no-such-bucket")
        let missing = await #expect(throws: ArtifactStoreError.self) {
            try await elsewhere.keep([file], under: runHash(1))
        }
        #expect(missing?.code == .bucketNotFound)
        let nobody = try fixture.store("x", environment: ["AWS_EC2_METADATA_DISABLED": "true"])
        let none = await #expect(throws: ArtifactStoreError.self) { try await nobody.keep([file], under: runHash(1)) }
        #expect(none?.code == .credentials)
        #expect(none?.message.contains("AWS_ACCESS_KEY_ID") == true)
    }

    @Test("a server that fails one request in three loses nothing", arguments: [1])
    func faults(seed: Int) async throws {
        let fixture = try await S3Fixture.shared()
        try await PythonServer.run("faults", ["--target", "\(fixture.port)", "--fail", "--seed", "\(seed)"]) { proxy in
            let store = try fixture.store("faults-\(seed)", port: proxy.port, sizes: small)
            try await ObjectStoreChecks.roundTrip(store, runs: 12, scratch)
            try await ObjectStoreChecks.largeFile(store, bytes: 6_500_000, scratch)
        }
    }

    @Test(
        "uploads that are cut in the middle leave nothing", arguments: ["cut/.*/profiles", "partNumber=2", "manifest"])
    func cut(path: String) async throws {
        let fixture = try await S3Fixture.shared()
        let prefix = "cut/\(path.filter(\.isLetter))"
        try await PythonServer.run("faults", ["--target", "\(fixture.port)", "--cut", path]) { proxy in
            let store = try fixture.store(prefix, port: proxy.port, sizes: small)
            let large = try scratch.write(String(repeating: "0123456789abcdef", count: 7 << 16), to: "large")
            let files = try scratch.writeRun(49).files + [large]
            let error = await #expect(throws: ArtifactStoreError.self) {
                try await store.keep(files, under: runHash(1))
            }
            #expect(error?.code == .unavailable, "\(error?.message ?? "")")
            #expect(try await !store.fetch(runHash(1), into: scratch.folder.appending("f")))
            guard path != "manifest" else {
                // Whether a manifest whose answer never came is there, nobody knows: the set waits for the sweep.
                try await AbandonedSets(keys: store.keys, storage: store.storage).remove(olderThan: UTC.now + 60)
                return try await ObjectStoreChecks.expectNothing(store, under: runHash(1))
            }
            try await ObjectStoreChecks.expectNothing(store, under: runHash(1))
            let (_, storage) = try fixture.storage("")
            let uploads = try await storage.expectSuccess(
                S3Request(method: .get, key: "", query: [("uploads", ""), ("prefix", prefix)], deed: "list uploads"))
            #expect(XMLElement(uploads.body)?.all("Upload").isEmpty == true)
        }
    }

    @Test("damage on the way down is noticed")
    func damage() async throws {
        let fixture = try await S3Fixture.shared()
        let (files, _) = try scratch.writeRun(9)
        _ = try await fixture.store("damage").keep(files, under: runHash(1))
        for path in ["state.dat", "manifest.json"] {
            try await PythonServer.run("faults", ["--target", "\(fixture.port)", "--damage", path]) { proxy in
                let store = try fixture.store("damage", port: proxy.port)
                let error = await #expect(throws: ArtifactStoreError.self) {
                    try await store.fetch(runHash(1), into: scratch.folder.appending("f"))
                }
                #expect(error?.code == .corrupt, "\(error?.message ?? "")")
                #expect((try? scratch.names("f"))?.isEmpty ?? true)
            }
        }
    }

    @Test("a manifest that somebody else wrote cannot name a file outside of the folder")
    func hostileManifest() async throws {
        let store = try await S3Fixture.shared().store("hostile")
        let sha256 = String(repeating: "0", count: 64)
        for (number, text) in [
            "{}", "[]", "", "{\"format\":2,\"set\":\"\(sha256.prefix(32))\",\"files\":[]}",
            "{\"format\":1,\"set\":\"../x\",\"files\":[]}",
            "{\"format\":1,\"set\":\"\(sha256.prefix(32))\",\"files\":[{\"name\":\"../x\",\"size\":1,\"sha256\":\"\(sha256)\"}]}",
            "{\"format\":1,\"set\":\"\(sha256.prefix(32))\",\"files\":[{\"name\":\"x\",\"size\":-1,\"sha256\":\"\(sha256)\"}]}",
        ].enumerated() {
            _ = try await store.storage.create(Array(text.utf8), at: store.keys.manifest(runHash(number)))
            let error = await #expect(throws: ArtifactStoreError.self) {
                try await store.fetch(runHash(number), into: scratch.folder.appending("f"))
            }
            #expect(error?.code == .corrupt || error?.code == .invalidName)
        }
    }
}
