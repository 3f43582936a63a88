import Glibc
import SystemPackage
import Testing

@testable import ArtifactStore

@Suite struct FolderArtifactStoreTests {
    let scratch: Scratch
    let store: FolderArtifactStore
    let hash = String(repeating: "0a", count: 32)

    init() throws {
        scratch = try Scratch()
        store = try FolderArtifactStore(url: "file://\(scratch.folder)/store")
    }

    private var kept: FilePath {
        store.root.appending("0a").appending("0a").appending(hash)
    }

    @Test("what was kept is fetched, byte for byte")
    func keepAndFetch() async throws {
        let bytes = String(repeating: "0123456789", count: 100_000)
        let files = [try scratch.write(bytes, to: "profile.dat"), try scratch.write("", to: "empty")]
        let location = try await store.keep(files, under: hash)
        #expect(location == "file://\(kept)/")
        #expect(try await store.fetch(hash, into: scratch.folder.appending("parent")))
        #expect(try scratch.names("parent") == ["empty", "profile.dat"])
        #expect(try scratch.read("parent/profile.dat") == bytes)
        #expect(try scratch.names("store/.incoming") == [])
    }

    @Test("nothing is kept under a hash that nobody kept, and nothing is made for it")
    func nothing() async throws {
        #expect(try await !store.fetch(hash, into: scratch.folder.appending("parent")))
        #expect(!StoreFiles.isFolder(scratch.folder.appending("parent")))
    }

    @Test("fetching again replaces what is there")
    func refetch() async throws {
        _ = try await store.keep([try scratch.write("kept", to: "a")], under: hash)
        #expect(try await store.fetch(hash, into: scratch.folder.appending("parent")))
        try scratch.write("changed by a model", to: "parent/a")
        #expect(try await store.fetch(hash, into: scratch.folder.appending("parent")))
        #expect(try scratch.read("parent/a") == "kept")
        #expect(try scratch.read("store/0a/0a/\(hash)/a") == "kept")
    }

    @Test("what is kept first stays")
    func keepTwice() async throws {
        let first = try await store.keep([try scratch.write("first", to: "a")], under: hash)
        let second = try await store.keep([try scratch.write("second", to: "a")], under: hash)
        #expect(first == second)
        #expect(try scratch.read("store/0a/0a/\(hash)/a") == "first")
    }

    @Test("many writers of one hash at once leave one whole set")
    func concurrent() async throws {
        let store = store
        let hash = hash
        try await withThrowingTaskGroup(of: String.self) { group in
            for writer in 0..<24 {
                let files = try (0..<5).map { try scratch.write("\(writer)", to: "from-\(writer)/file\($0)") }
                group.addTask { try await store.keep(files, under: hash) }
            }
            for try await location in group { #expect(location == "file://\(kept)/") }
        }
        let contents = try Set((0..<5).map { try scratch.read("store/0a/0a/\(hash)/file\($0)") })
        #expect(contents.count == 1)
        #expect(try scratch.names("store/.incoming") == [])
    }

    @Test("when one of the files cannot be kept, none is")
    func wholeOrNot() async throws {
        let good = try scratch.write("good", to: "good")
        let bad: [FilePath] = [
            scratch.folder.appending("missing"), try scratch.make("mkdir", "folder"),
            try scratch.make("mkfifo", "pipe"),
            try scratch.make("ln -s /etc/passwd", "link"),
        ]
        for file in bad {
            let error = await #expect(throws: ArtifactStoreError.self) {
                try await store.keep([good, file], under: hash)
            }
            #expect(error?.code == .invalidFile, "\(file)")
        }
        #expect(!StoreFiles.isFolder(kept))
        #expect(try scratch.names("store/.incoming") == [])
    }

    @Test(
        "what is not a hash is refused and touches nothing",
        arguments: [
            "", "abc", "../../../../etc/passwd", String(repeating: "A", count: 64), String(repeating: "g", count: 64),
            String(repeating: "a", count: 63), String(repeating: "a", count: 65),
            String(repeating: "a", count: 63) + "/",
            String(repeating: "a", count: 63) + "\0", String(repeating: "../", count: 21) + "a",
            String(repeating: "é", count: 32),
        ])
    func hostileHash(hash: String) async throws {
        let file = try scratch.write("x", to: "x")
        let keeping = await #expect(throws: ArtifactStoreError.self) { try await store.keep([file], under: hash) }
        #expect(keeping?.code == .invalidHash)
        let fetching = await #expect(throws: ArtifactStoreError.self) {
            try await store.fetch(hash, into: scratch.folder.appending("parent"))
        }
        #expect(fetching?.code == .invalidHash)
        #expect(try scratch.names("store") == [".incoming"])
    }

    @Test(
        "file names that are not plain are refused",
        arguments: [".hidden", "-rf", "a b", "ä", "a\nb", String(repeating: "x", count: 101)])
    func hostileName(name: String) async throws {
        let error = await #expect(throws: ArtifactStoreError.self) {
            try await store.keep([scratch.folder.appending(name)], under: hash)
        }
        #expect(error?.code == .invalidName)
    }

    @Test("a name that comes twice, and a path that ends in dots, are refused")
    func namesTwice() async throws {
        let files = [try scratch.write("1", to: "one/a"), try scratch.write("2", to: "two/a")]
        await #expect(throws: ArtifactStoreError.self) { try await store.keep(files, under: hash) }
        await #expect(throws: ArtifactStoreError.self) {
            try await store.keep([scratch.folder.appending("..")], under: hash)
        }
        await #expect(throws: ArtifactStoreError.self) { try await store.keep(["/"], under: hash) }
        #expect(!StoreFiles.isFolder(kept))
    }

    @Test("a fetch that fails leaves nothing behind")
    func failedFetch() async throws {
        _ = try await store.keep([try scratch.write("1", to: "a"), try scratch.write("2", to: "b")], under: hash)
        _ = try scratch.make("mkdir -p", "parent/b/full")
        await #expect(throws: ArtifactStoreError.self) {
            try await store.fetch(hash, into: scratch.folder.appending("parent"))
        }
        #expect(try scratch.names("parent") == ["b"])
        #expect(try scratch.names("parent/b") == ["full"])
    }

    @Test("what a killed writer left is removed when it is a day old")
    func leftovers() async throws {
        _ = try scratch.make("mkdir", "store/.incoming/old")
        try scratch.write("x", to: "store/.incoming/old/file")
        _ = try scratch.make("mkdir", "store/.incoming/new")
        _ = try scratch.make("touch -d '2 days ago'", "store/.incoming/old")
        _ = try FolderArtifactStore(url: "file://\(scratch.folder)/store")
        #expect(try scratch.names("store/.incoming") == ["new"])
    }
}
