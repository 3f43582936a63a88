import FoundationEssentials
import Glibc
import HTTPClient
import Support
import Synchronization
import SystemPackage
import TestSupport
import Testing

@testable import ArtifactStore

/// The checks for every object store.
enum ObjectStoreChecks {
    /// Stores runs and fetches them again concurrently.
    static func roundTrip(
        _ store: ObjectArtifactStore, runs: Int, _ folder: TemporaryFolder,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        try await BoundedTasks.forEach(Array(0..<runs), limit: 8) { number in
            let (files, contents) = try folder.writeRun(number)
            let location = try await store.store(files, for: runHash(number))
            #expect(location.hasSuffix("/\(runHash(number))/"), sourceLocation: sourceLocation)
            #expect(
                try await store.fetch(runHash(number), into: folder.path.appending("fetched-\(number)")),
                sourceLocation: sourceLocation)
            #expect(try folder.contents("fetched-\(number)") == contents, sourceLocation: sourceLocation)
        }
        #expect(
            try await store.storage.keys(under: store.keys.incoming, limit: 10).isEmpty, sourceLocation: sourceLocation)
    }

    /// The first files of a hash stay, concurrent writers leave exactly one upload, and an unknown hash has no files.
    static func atomicity(_ store: ObjectArtifactStore, _ folder: TemporaryFolder) async throws {
        #expect(try await !store.fetch(runHash(0), into: folder.path.appending("nothing")))
        #expect(!FileSystem.isFolder(folder.path.appending("nothing")))

        let locations = Mutex<Set<String>>([])
        try await BoundedTasks.forEach(Array(0..<12), limit: 12) { writer in
            let files = try (0..<3).map { try folder.write("\(writer)", to: "from-\(writer)/file\($0)") }
            let location = try await store.store(files, for: runHash(1))
            _ = locations.withLock { $0.insert(location) }
        }
        #expect(locations.withLock { $0.count } == 1)
        #expect(try await store.fetch(runHash(1), into: folder.path.appending("one")))
        #expect(Set(try folder.contents("one").values).count == 1)
        #expect(try folder.names("one") == ["file0", "file1", "file2"])
        #expect(try await store.storage.keys(under: store.keys.folder(runHash(1)), limit: 100).count == 4)
        #expect(try await store.storage.keys(under: store.keys.incoming, limit: 10).isEmpty)

        _ = try await store.store([try folder.write("later", to: "later/file0")], for: runHash(1))
        #expect(try await store.fetch(runHash(1), into: folder.path.appending("again")))
        #expect(try folder.contents("again") == folder.contents("one"))

        for bad in [folder.path.appending("missing"), folder.path, try folder.makePipe("pipe")] {
            let good = try folder.write("good", to: "good")
            await #expect(throws: ArtifactStoreError.self) { try await store.store([good, bad], for: runHash(2)) }
        }
        try await expectNothing(in: store, for: runHash(2))
    }

    /// A file larger than one part is stored and fetched.
    static func largeFile(_ store: ObjectArtifactStore, bytes: Int, _ folder: TemporaryFolder) async throws {
        let path = folder.path.appending("large")
        let contents = Data((0..<bytes).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 11) })
        try contents.write(to: URL(filePath: path.string))
        _ = try await store.store([path], for: runHash(9999))
        #expect(try await store.fetch(runHash(9999), into: folder.path.appending("back")))
        let back = try Data(contentsOf: URL(filePath: folder.path.appending("back").appending("large").string))
        #expect(back == contents)
    }

    /// The files of a killed upload are removed a day later, those of a finished one stay.
    static func orphans(_ store: ObjectArtifactStore, _ folder: TemporaryFolder) async throws {
        let uploadID = ObjectKeys.newUploadID()
        let file = try ArtifactFile(reading: try folder.write("left", to: "left"))
        _ = try await store.storage.create([], at: store.keys.marker(uploadID, runHash(1)))
        try await store.storage.put(file, at: store.keys.file("left", in: uploadID, runHash(1)))
        _ = try await store.store([try folder.write("whole", to: "whole")], for: runHash(1))
        let manifest = try #require(
            try await store.storage.bytes(at: store.keys.manifest(runHash(1))).map {
                try ArtifactManifest($0, at: "the store")
            })
        _ = try await store.storage.create([], at: store.keys.marker(manifest.uploadID, runHash(1)))

        let sweeper = OrphanSweeper(keys: store.keys, storage: store.storage)
        try await sweeper.sweep(olderThan: UTC.now - 3600)
        #expect(try await store.storage.bytes(at: store.keys.file("left", in: uploadID, runHash(1))) != nil)
        try await sweeper.sweep(olderThan: UTC.now + 3600)
        #expect(try await store.storage.bytes(at: store.keys.file("left", in: uploadID, runHash(1))) == nil)
        #expect(try await store.storage.keys(under: store.keys.incoming, limit: 10).isEmpty)
        #expect(try await store.fetch(runHash(1), into: folder.path.appending("kept")))
        #expect(try folder.contents("kept") == ["whole": "whole"])
    }

    /// Expects that no objects of a hash exist.
    static func expectNothing(
        in store: ObjectArtifactStore, for hash: String, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        for prefix in [store.keys.folder(hash), store.keys.incoming] {
            #expect(try await store.storage.keys(under: prefix, limit: 10) == [], sourceLocation: sourceLocation)
        }
    }
}

/// The S3 server that the tests share. Each test uses a unique prefix.
struct S3Fixture: Sendable, Decodable {
    struct Key: Sendable, Decodable {
        let id: String
        let secret: String

        var environment: [String: String] {
            ["AWS_ACCESS_KEY_ID": id, "AWS_SECRET_ACCESS_KEY": secret]
        }
    }

    let port: Int
    /// Two keys of a user with all permissions.
    let keys: [Key]
    /// The key of a user without permissions.
    let stranger: Key

    private static let starting = Task { try await PythonServer.start("s3").decode(S3Fixture.self) }

    static func shared() async throws -> S3Fixture {
        try await starting.value
    }

    /// Returns the bucket's storage.
    ///
    /// - Parameters:
    ///   - port: the port of the server or of a proxy in front of it.
    ///   - environment: the variables with the credentials; by default those of the worker.
    func storage(
        _ prefix: String, port: Int? = nil, environment: [String: String]? = nil, bucket: String = "atmos",
        sizes: S3Storage.PartSizes = S3Storage.PartSizes()
    ) throws -> (BucketURL, S3Storage) {
        let url = "s3://\(bucket)/\(prefix)?endpoint=http://127.0.0.1:\(port ?? self.port)&region=eu-central-1"
        let location = try BucketURL(url, parameters: S3Settings.parameters)
        let settings = try S3Settings(location, environment: environment ?? keys[0].environment)
        return (
            location,
            S3Storage(
                settings: settings, client: HTTPClient(), sizes: sizes,
                policy: RetryPolicy(attempts: 12, base: .milliseconds(5), cap: .milliseconds(50)))
        )
    }

    /// Returns a store in the bucket.
    func store(
        _ prefix: String, port: Int? = nil, environment: [String: String]? = nil, bucket: String = "atmos",
        sizes: S3Storage.PartSizes = S3Storage.PartSizes()
    ) throws -> ObjectArtifactStore {
        let (location, storage) = try storage(
            prefix, port: port, environment: environment, bucket: bucket, sizes: sizes)
        return ObjectArtifactStore(location: location, storage: storage)
    }
}

extension TemporaryFolder {
    /// Runs a shell command in the folder with a name inside it as the last argument.
    @discardableResult
    func shell(_ command: String, _ name: String) throws -> FilePath {
        guard system("cd '\(path)' && \(command) '\(name)'") == 0 else { throw SystemPackage.Errno.ioError }
        return path.pushing(FilePath(name))
    }

    /// Writes the files of a run in different sizes, and returns them with their contents.
    func writeRun(_ number: Int) throws -> (files: [FilePath], contents: [String: String]) {
        var contents = ["profiles.csv": String(repeating: "\(number),", count: number % 50 * 100)]
        if number % 8 == 1 { contents["state.dat"] = "state \(number)" }
        let files = try contents.map { try write($1, to: "run-\(number)/\($0)") }
        return (files.sorted { $0.string < $1.string }, contents)
    }

    /// The contents of the files in a folder.
    func contents(_ folder: String) throws -> [String: String] {
        try Dictionary(uniqueKeysWithValues: names(folder).map { ($0, try text("\(folder)/\($0)")) })
    }
}

/// Returns the hash for the run of this number.
func runHash(_ number: Int) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: 64 - digits.count) + digits
}
