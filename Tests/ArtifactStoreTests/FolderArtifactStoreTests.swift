import SystemPackage
import TestSupport
import Testing

@testable import ArtifactStore

@Suite("An artifact store in a folder")
struct FolderArtifactStoreTests {
    let folder: TemporaryFolder
    let store: FolderArtifactStore
    let hash = String(repeating: "0a", count: 32)

    init() throws {
        folder = try TemporaryFolder()
        store = try FolderArtifactStore(url: "file://\(folder.path)/store")
    }

    private var stored: FilePath {
        store.root.appending("0a").appending("0a").appending(hash)
    }

    @Test("returns the stored files byte for byte")
    func storedFiles_areFetched() async throws {
        let bytes = String(repeating: "0123456789", count: 100_000)
        let files = [try folder.write(bytes, to: "profile.dat"), try folder.write("", to: "empty")]
        let location = try await store.store(files, for: hash)
        #expect(location == "file://\(stored)/")
        #expect(try await store.fetch(hash, into: folder.path.appending("parent")))
        #expect(try folder.names("parent") == ["empty", "profile.dat"])
        #expect(try folder.text("parent/profile.dat") == bytes)
        #expect(try folder.names("store/.incoming") == [])
    }

    @Test("returns nothing for an unknown hash and creates no folder")
    func unknownHash_isNotFetched() async throws {
        #expect(try await !store.fetch(hash, into: folder.path.appending("parent")))
        #expect(!FileSystem.isFolder(folder.path.appending("parent")))
    }

    @Test("replaces existing files when fetching again")
    func fetch_replacesFiles() async throws {
        _ = try await store.store([try folder.write("stored", to: "a")], for: hash)
        #expect(try await store.fetch(hash, into: folder.path.appending("parent")))
        try folder.write("changed by a model", to: "parent/a")
        #expect(try await store.fetch(hash, into: folder.path.appending("parent")))
        #expect(try folder.text("parent/a") == "stored")
        #expect(try folder.text("store/0a/0a/\(hash)/a") == "stored")
    }

    @Test("keeps the first files of a hash")
    func firstFiles_stay() async throws {
        let first = try await store.store([try folder.write("first", to: "a")], for: hash)
        let second = try await store.store([try folder.write("second", to: "a")], for: hash)
        #expect(first == second)
        #expect(try folder.text("store/0a/0a/\(hash)/a") == "first")
    }

    @Test("keeps the files of exactly one of many concurrent writers")
    func concurrentWriters_leaveOneUpload() async throws {
        let store = store
        let hash = hash
        try await withThrowingTaskGroup(of: String.self) { group in
            for writer in 0..<24 {
                let files = try (0..<5).map { try folder.write("\(writer)", to: "from-\(writer)/file\($0)") }
                group.addTask { try await store.store(files, for: hash) }
            }
            for try await location in group { #expect(location == "file://\(stored)/") }
        }
        let contents = try Set((0..<5).map { try folder.text("store/0a/0a/\(hash)/file\($0)") })
        #expect(contents.count == 1)
        #expect(try folder.names("store/.incoming") == [])
    }

    @Test("stores no file if one of them cannot be stored")
    func invalidFile_preventsStoring() async throws {
        let good = try folder.write("good", to: "good")
        let bad: [FilePath] = [
            folder.path.appending("missing"), try folder.makeFolder("folder"), try folder.makePipe("pipe"),
            try folder.shell("ln -s /etc/passwd", "link"),
        ]
        for file in bad {
            let error = await #expect(throws: ArtifactStoreError.self) {
                try await store.store([good, file], for: hash)
            }
            #expect(error?.code == .invalidFile, "\(file)")
        }
        #expect(!FileSystem.isFolder(stored))
        #expect(try folder.names("store/.incoming") == [])
    }

    @Test(
        "refuses an invalid hash",
        arguments: [
            "", "abc", "../../../../etc/passwd", String(repeating: "A", count: 64), String(repeating: "g", count: 64),
            String(repeating: "a", count: 63), String(repeating: "a", count: 65),
            String(repeating: "a", count: 63) + "/",
            String(repeating: "a", count: 63) + "\0", String(repeating: "../", count: 21) + "a",
            String(repeating: "é", count: 32),
        ])
    func invalidHash_isRefused(hash: String) async throws {
        let file = try folder.write("x", to: "x")
        let storing = await #expect(throws: ArtifactStoreError.self) { try await store.store([file], for: hash) }
        #expect(storing?.code == .invalidHash)
        let fetching = await #expect(throws: ArtifactStoreError.self) {
            try await store.fetch(hash, into: folder.path.appending("parent"))
        }
        #expect(fetching?.code == .invalidHash)
        #expect(try folder.names("store") == [".incoming"])
    }

    @Test(
        "refuses file names that are not plain",
        arguments: [".hidden", "-rf", "a b", "ä", "a\nb", String(repeating: "x", count: 101)])
    func invalidName_isRefused(name: String) async throws {
        let error = await #expect(throws: ArtifactStoreError.self) {
            try await store.store([folder.path.appending(name)], for: hash)
        }
        #expect(error?.code == .invalidName)
    }

    @Test("refuses duplicate names, and paths that end in dots")
    func duplicateNames_areRefused() async throws {
        let files = [try folder.write("1", to: "one/a"), try folder.write("2", to: "two/a")]
        await #expect(throws: ArtifactStoreError.self) { try await store.store(files, for: hash) }
        await #expect(throws: ArtifactStoreError.self) {
            try await store.store([folder.path.appending("..")], for: hash)
        }
        await #expect(throws: ArtifactStoreError.self) { try await store.store(["/"], for: hash) }
        #expect(!FileSystem.isFolder(stored))
    }

    @Test("removes the copied files if fetching fails")
    func failedFetch_leavesNoFiles() async throws {
        _ = try await store.store([try folder.write("1", to: "a"), try folder.write("2", to: "b")], for: hash)
        try folder.makeFolder("parent/b/full")
        await #expect(throws: ArtifactStoreError.self) {
            try await store.fetch(hash, into: folder.path.appending("parent"))
        }
        #expect(try folder.names("parent") == ["b"])
        #expect(try folder.names("parent/b") == ["full"])
    }

    @Test("removes the files of a killed writer after a day")
    func orphans_areRemoved() async throws {
        try folder.write("x", to: "store/.incoming/old/file")
        try folder.makeFolder("store/.incoming/new")
        try folder.shell("touch -d '2 days ago'", "store/.incoming/old")
        _ = try FolderArtifactStore(url: "file://\(folder.path)/store")
        #expect(try folder.names("store/.incoming") == ["new"])
    }
}
