import FoundationEssentials
import HTTPClient
import Support
import Synchronization
import SystemPackage
import Testing

@testable import ArtifactStore

/// What holds for a store of either kind.
enum ObjectStoreChecks {
    /// Keeps runs and fetches them again, several at a time.
    static func roundTrip(_ store: ObjectArtifactStore, runs: Int, _ scratch: Scratch) async throws {
        try await BoundedTasks.forEach(Array(0..<runs), limit: 8) { number in
            let (files, contents) = try scratch.writeRun(number)
            let location = try await store.keep(files, under: runHash(number))
            #expect(location.hasSuffix("/\(runHash(number))/"))
            #expect(try await store.fetch(runHash(number), into: scratch.folder.appending("fetched-\(number)")))
            #expect(try scratch.contents("fetched-\(number)") == contents)
        }
        #expect(try await store.storage.keys(under: store.keys.incoming, limit: 10).isEmpty)
    }

    /// What is kept first stays; writers at once leave one whole set and nothing else; nothing is found where nothing is.
    static func wholeSets(_ store: ObjectArtifactStore, _ scratch: Scratch) async throws {
        #expect(try await !store.fetch(runHash(0), into: scratch.folder.appending("nothing")))
        #expect(!StoreFiles.isFolder(scratch.folder.appending("nothing")))

        let locations = Mutex<Set<String>>([])
        try await BoundedTasks.forEach(Array(0..<12), limit: 12) { writer in
            let files = try (0..<3).map { try scratch.write("\(writer)", to: "from-\(writer)/file\($0)") }
            let location = try await store.keep(files, under: runHash(1))
            _ = locations.withLock { $0.insert(location) }
        }
        #expect(locations.withLock { $0.count } == 1)
        #expect(try await store.fetch(runHash(1), into: scratch.folder.appending("one")))
        #expect(Set(try scratch.contents("one").values).count == 1)
        #expect(try scratch.names("one") == ["file0", "file1", "file2"])
        #expect(try await store.storage.keys(under: store.keys.folder(runHash(1)), limit: 100).count == 4)
        #expect(try await store.storage.keys(under: store.keys.incoming, limit: 10).isEmpty)

        _ = try await store.keep([try scratch.write("later", to: "later/file0")], under: runHash(1))
        #expect(try await store.fetch(runHash(1), into: scratch.folder.appending("again")))
        #expect(try scratch.contents("again") == scratch.contents("one"))

        for bad in [scratch.folder.appending("missing"), scratch.folder, try scratch.make("mkfifo", "pipe")] {
            let good = try scratch.write("good", to: "good")
            await #expect(throws: ArtifactStoreError.self) { try await store.keep([good, bad], under: runHash(2)) }
        }
        try await expectNothing(store, under: runHash(2))
    }

    /// A file larger than a part goes up and comes back.
    static func largeFile(_ store: ObjectArtifactStore, bytes: Int, _ scratch: Scratch) async throws {
        let path = scratch.folder.appending("large")
        let contents = Data((0..<bytes).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 11) })
        try contents.write(to: URL(filePath: path.string))
        _ = try await store.keep([path], under: runHash(9999))
        #expect(try await store.fetch(runHash(9999), into: scratch.folder.appending("back")))
        let back = try Data(contentsOf: URL(filePath: scratch.folder.appending("back").appending("large").string))
        #expect(back == contents)
    }

    /// A keeper that died before its manifest left something: a day later it goes, and what is whole stays.
    static func abandoned(_ store: ObjectArtifactStore, _ scratch: Scratch) async throws {
        let set = ObjectKeys.newSet()
        let file = try StoredFile(reading: try scratch.write("left", to: "left"))
        _ = try await store.storage.create([], at: store.keys.marker(set, runHash(1)))
        try await store.storage.put(file, at: store.keys.file("left", in: set, runHash(1)))
        _ = try await store.keep([try scratch.write("whole", to: "whole")], under: runHash(1))
        let kept = try #require(
            try await store.storage.bytes(at: store.keys.manifest(runHash(1))).map { try Manifest($0, at: "it") })
        _ = try await store.storage.create([], at: store.keys.marker(kept.set, runHash(1)))

        let sweep = AbandonedSets(keys: store.keys, storage: store.storage)
        try await sweep.remove(olderThan: UTC.now - 3600)
        #expect(try await store.storage.bytes(at: store.keys.file("left", in: set, runHash(1))) != nil)
        try await sweep.remove(olderThan: UTC.now + 3600)
        #expect(try await store.storage.bytes(at: store.keys.file("left", in: set, runHash(1))) == nil)
        #expect(try await store.storage.keys(under: store.keys.incoming, limit: 10).isEmpty)
        #expect(try await store.fetch(runHash(1), into: scratch.folder.appending("kept")))
        #expect(try scratch.contents("kept") == ["whole": "whole"])
    }

    /// Nothing can be fetched of a hash, and no object is there.
    static func expectNothing(_ store: ObjectArtifactStore, under hash: String) async throws {
        #expect(try await store.storage.keys(under: store.keys.folder(hash), limit: 10) == [])
        #expect(try await store.storage.keys(under: store.keys.incoming, limit: 10) == [])
    }
}
