import SystemPackage
import TestSupport
import Testing

@testable import ArtifactStore

@Suite("The URL of an artifact store")
struct ArtifactStoresTests {
    @Test("with the scheme file: opens a folder and creates it")
    func fileURL_opensFolder() async throws {
        let folder = try TemporaryFolder()
        let url = "file://\(folder.path)/a%20store/%C3%A4/"
        let store = try #require(try ArtifactStores.open(url: url) as? FolderArtifactStore)
        #expect(store.root == folder.path.appending("a store").appending("ä"))
        let location = try await store.store([try folder.write("x", to: "x")], for: String(repeating: "f", count: 64))
        #expect(location.hasPrefix("file://\(folder.path)/a%20store/%C3%A4/ff/ff/"))
        #expect(
            try FileURL.path(of: location)
                == store.root.appending("ff").appending("ff").appending(String(repeating: "f", count: 64)))
    }

    @Test("with the scheme file: may have the host localhost, or a single slash")
    func fileURL_forms() throws {
        #expect(try FileURL.path(of: "file://localhost/data") == "/data")
        #expect(try FileURL.path(of: "file:/data/") == "/data")
    }

    @Test(
        "is refused with a reason if it is invalid",
        arguments: [
            ("/data", "expected file:///, s3:// or gs://"), ("", "expected file:///, s3:// or gs://"),
            ("file://data/x", "has the host 'data'"),
            ("file:data", "has no absolute path"), ("file:///%zz", "has no absolute path"),
            ("file:///%0", "has no absolute path"), ("file:///a%00b", "has no absolute path"),
            ("file:///%ff", "has no absolute path"), ("file:", "has no absolute path"),
            ("http://bucket/x", "unknown kind of artifact store 'http:'"), ("s3:bucket", "expected s3://BUCKET/PREFIX"),
            ("s3://", "invalid bucket name ''"), ("s3://B/x", "invalid bucket name 'B'"),
            ("gs://a..b/x", "invalid bucket name 'a..b'"), ("s3://bucket/a/../b", "invalid part '..' of the prefix"),
            ("s3://bucket/a%20b", "invalid part 'a b' of the prefix"), ("gs://bucket/%00", "of the prefix"),
            ("s3://bucket?regoin=x", "unknown parameter 'regoin'; expected endpoint, region, path_style"),
            ("gs://bucket?region=x", "unknown parameter 'region'; expected endpoint"),
            ("s3://bucket?region=", "must occur once and have a value"),
            ("s3://bucket?region=a&region=b", "must occur once and have a value"),
            ("s3://bucket?region=a%0Ab", "invalid region"), ("s3://bucket?path_style=yes", "'true' or 'false'"),
            ("s3://bucket?endpoint=minio:9000", "expected http://HOST:PORT"),
            ("s3://bucket?endpoint=http://h/path", "expected http://HOST:PORT"),
            ("s3://id:geheim@bucket/x", "credentials come from the environment"),
            ("gs://bucket:80/x", "the endpoint is a parameter"), ("gs://bucket/x#y", "credentials come from"),
        ])
    func invalidURL_isRefused(url: String, reason: String) {
        let error = #expect(throws: ArtifactStoreError.self) { try ArtifactStores.open(url: url, environment: [:]) }
        #expect(error?.code == .invalidURL)
        #expect(error?.message.contains("geheim") == false)
        #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
    }

    @Test("is refused if it leads to a file instead of a folder")
    func file_isRefused() throws {
        let folder = try TemporaryFolder()
        try folder.write("x", to: "file")
        let error = #expect(throws: ArtifactStoreError.self) {
            try ArtifactStores.open(url: "file://\(folder.path)/file")
        }
        #expect(error?.code == .fileSystem)
    }

    @Test("with the scheme s3: sets endpoint, region and address style")
    func s3URL_setsEndpoint() throws {
        func settings(_ url: String, _ environment: [String: String] = [:]) throws -> S3Settings {
            try S3Settings(BucketURL(url, parameters: S3Settings.parameters), environment: environment)
        }
        let plain = try settings("s3://bucket/a/b/")
        #expect(plain.endpoint.url == "https://bucket.s3.us-east-1.amazonaws.com")
        #expect(plain.root == "/")
        #expect(try settings("s3://bucket", ["AWS_REGION": "cn-north-1"]).endpoint.host.hasSuffix("amazonaws.com.cn"))
        let dotted = try settings("s3://my.bucket?region=eu-west-1", ["AWS_REGION": "eu-north-1"])
        #expect(dotted.endpoint.url == "https://s3.eu-west-1.amazonaws.com")
        #expect(dotted.root == "/my.bucket/")
        let minio = try settings("s3://bucket?endpoint=http://minio:9000")
        #expect(minio.endpoint.url == "http://minio:9000")
        #expect(minio.root == "/bucket/")
        let ceph = try settings("s3://bucket?path_style=false", ["AWS_ENDPOINT_URL": "https://ceph.test:443/"])
        #expect(ceph.endpoint.url == "https://bucket.ceph.test")
        #expect(ceph.root == "/")
    }

    @Test("determines the keys: prefix, hash, upload ID and file name")
    func objectKeys_haveParts() throws {
        let keys = ObjectKeys(location: try BucketURL("s3://bucket//a/b/", parameters: []))
        let hash = String(repeating: "0a", count: 32)
        let uploadID = ObjectKeys.newUploadID()
        #expect(keys.manifest(hash) == "a/b/\(hash)/manifest.json")
        #expect(keys.file("x.dat", in: uploadID, hash) == "a/b/\(hash)/\(uploadID)/x.dat")
        #expect(keys.parse(marker: keys.marker(uploadID, hash)).map { [$0.hash, $0.uploadID] } == [hash, uploadID])
        #expect(keys.parse(marker: "a/b/.incoming/../x") == nil)
    }
}

@Suite("Artifact retention")
struct RetentionTests {
    private let files: [FilePath] = ["/run/out.dist", "/run/TempOut.dat", "/run/model.log"]

    @Test("stores exactly the files of its rule")
    func rule_selectsFiles() {
        #expect(ArtifactRetention.all.files(files, of: .stable) == files)
        #expect(ArtifactRetention.all.files(files, of: .unstable) == files)
        #expect(ArtifactRetention.all.files(files, of: .givenUp) == nil)

        let warm = ArtifactRetention.warmStarts(files: ["TempOut.dat", "out.dist"])
        #expect(warm.files(files, of: .stable) == Array(files.prefix(2)))
        #expect(warm.files([files[2]], of: .stable) == nil)
        #expect(warm.files(files, of: .unstable) == nil)
        #expect(warm.files(files, of: .givenUp) == nil)

        #expect(ArtifactRetention.failures.files(files, of: .stable) == nil)
        #expect(ArtifactRetention.failures.files(files, of: .unstable) == files)
        #expect(ArtifactRetention.failures.files(files, of: .givenUp) == files)
    }
}
