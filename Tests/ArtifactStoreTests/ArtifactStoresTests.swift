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
            ("/data", "would begin with file:///, s3:// or gs://"), ("", "would begin with file:///, s3:// or gs://"),
            ("file://data/x", "names the machine 'data'"),
            ("file:data", "names no absolute folder"), ("file:///%zz", "names no absolute folder"),
            ("file:///%0", "names no absolute folder"), ("file:///a%00b", "names no absolute folder"),
            ("file:///%ff", "names no absolute folder"), ("file:", "names no absolute folder"),
            ("http://bucket/x", "no artifact stores of the kind http:"), ("s3:bucket", "would be s3://BUCKET/PREFIX"),
            ("s3://", "'' is no bucket's name"), ("s3://B/x", "'B' is no bucket's name"),
            ("gs://a..b/x", "is no bucket's name"), ("s3://bucket/a/../b", "'..' in its prefix"),
            ("s3://bucket/a%20b", "'a b' in its prefix"), ("gs://bucket/%00", "in its prefix"),
            ("s3://bucket?regoin=x", "no parameter 'regoin', but endpoint, region, path_style"),
            ("gs://bucket?region=x", "no parameter 'region', but endpoint"),
            ("s3://bucket?region=", "must be there once, with a value"),
            ("s3://bucket?region=a&region=b", "must be there once, with a value"),
            ("s3://bucket?region=a%0Ab", "is no region's name"), ("s3://bucket?path_style=yes", "'true' or 'false'"),
            ("s3://bucket?endpoint=minio:9000", "must be http://HOST:PORT"),
            ("s3://bucket?endpoint=http://h/path", "must be http://HOST:PORT"),
            ("s3://id:geheim@bucket/x", "credentials come from the environment"),
            ("gs://bucket:80/x", "an endpoint is a parameter"), ("gs://bucket/x#y", "credentials come from"),
        ])
    func refused(url: String, reason: String) {
        let error = #expect(throws: ArtifactStoreError.self) { try ArtifactStores.open(url: url, environment: [:]) }
        #expect(error?.code == .invalidURL)
        #expect(error?.message.contains("geheim") == false)
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

    @Test("an s3: URL tells the endpoint, the region and the form of the bucket's address")
    func s3() throws {
        func settings(_ url: String, _ environment: [String: String] = [:]) throws -> S3Settings {
            try S3Settings(BucketURL(url, parameters: S3Settings.parameters), environment: environment)
        }
        let plain = try settings("s3://bucket/a/b/")
        #expect(plain.endpoint.url == "https://bucket.s3.us-east-1.amazonaws.com" && plain.root == "/")
        #expect(try settings("s3://bucket", ["AWS_REGION": "cn-north-1"]).endpoint.host.hasSuffix("amazonaws.com.cn"))
        let dotted = try settings("s3://my.bucket?region=eu-west-1", ["AWS_REGION": "eu-north-1"])
        #expect(dotted.endpoint.url == "https://s3.eu-west-1.amazonaws.com" && dotted.root == "/my.bucket/")
        let own = try settings("s3://bucket?endpoint=http://minio:9000")
        #expect(own.endpoint.url == "http://minio:9000" && own.root == "/bucket/")
        let ceph = try settings("s3://bucket?path_style=false", ["AWS_ENDPOINT_URL": "https://ceph.test:443/"])
        #expect(ceph.endpoint.url == "https://bucket.ceph.test" && ceph.root == "/")
    }

    @Test("keys are made of the prefix, the hash, the set and a file's plain name")
    func keys() throws {
        let keys = ObjectKeys(location: try BucketURL("s3://bucket//a/b/", parameters: []))
        let hash = String(repeating: "0a", count: 32)
        let set = ObjectKeys.newSet()
        #expect(keys.manifest(hash) == "a/b/\(hash)/manifest.json")
        #expect(keys.file("x.dat", in: set, hash) == "a/b/\(hash)/\(set)/x.dat")
        #expect(keys.parse(marker: keys.marker(set, hash)).map { [$0.hash, $0.set] } == [hash, set])
        #expect(keys.parse(marker: "a/b/.incoming/../x") == nil)
    }
}
