import SystemPackage
import Testing

@testable import ArtifactStore

/// The URLs of stores.
@Suite struct ArtifactStoresTests {
    @Test("a file URL opens a folder, which is made")
    func file() async throws {
        let scratch = try Scratch()
        let url = "file://\(scratch.folder)/a%20store/%C3%A4/"
        let store = try #require(try ArtifactStores.open(url: url) as? FolderArtifactStore)
        #expect(store.root == scratch.folder.appending("a store").appending("ä"))
        let location = try await store.keep([try scratch.write("x", to: "x")], under: String(repeating: "f", count: 64))
        #expect(location.hasPrefix("file://\(scratch.folder)/a%20store/%C3%A4/ff/ff/"))
        #expect(
            try FileURL.path(of: location)
                == store.root.appending("ff").appending("ff").appending(String(repeating: "f", count: 64)))
    }

    @Test("localhost is this machine, and one slash will do")
    func forms() throws {
        #expect(try FileURL.path(of: "file://localhost/data") == "/data")
        #expect(try FileURL.path(of: "file:/data/") == "/data")
    }

    @Test(
        "what is not the URL of a store is refused, with the reason",
        arguments: [
            ("/data", "would begin with file:///"), ("", "would begin with file:///"),
            ("file://data/x", "names the machine 'data'"),
            ("file:data", "names no absolute folder"), ("file:///%zz", "names no absolute folder"),
            ("file:///%0", "names no absolute folder"), ("file:///a%00b", "names no absolute folder"),
            ("file:///%ff", "names no absolute folder"), ("file:", "names no absolute folder"),
            ("s3://bucket/x", "s3: are not supported by this build"), ("gs://bucket", "gs: are not supported"),
        ])
    func refused(url: String, reason: String) {
        let error = #expect(throws: ArtifactStoreError.self) { try ArtifactStores.open(url: url) }
        #expect(error?.code == .invalidURL)
        #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
    }

    @Test("a store cannot lie in a file")
    func notAFolder() throws {
        let scratch = try Scratch()
        try scratch.write("x", to: "file")
        let error = #expect(throws: ArtifactStoreError.self) {
            try ArtifactStores.open(url: "file://\(scratch.folder)/file")
        }
        #expect(error?.code == .fileSystem)
    }
}
