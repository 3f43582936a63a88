import HTTPClient
import SystemPackage
import TestSupport

@testable import ArtifactStore

/// The S3 server that the tests share, each below a prefix of its own.
struct S3Fixture: Sendable, Decodable {
    struct Key: Sendable, Decodable {
        let id: String
        let secret: String

        var environment: [String: String] {
            ["AWS_ACCESS_KEY_ID": id, "AWS_SECRET_ACCESS_KEY": secret]
        }
    }

    let port: Int
    /// Two of one user, who may do everything.
    let keys: [Key]
    /// Of a user who may do nothing.
    let stranger: Key

    private static let starting = Task { try await PythonServer.start("s3").decode(S3Fixture.self) }

    static func shared() async throws -> S3Fixture {
        try await starting.value
    }

    /// The bucket's storage.
    ///
    /// - Parameters:
    ///   - port: of the server, or of a proxy in front of it.
    ///   - environment: where credentials are looked for; by default there are the worker's.
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

    /// A store in the bucket.
    func store(
        _ prefix: String, port: Int? = nil, environment: [String: String]? = nil, bucket: String = "atmos",
        sizes: S3Storage.PartSizes = S3Storage.PartSizes()
    ) throws -> ObjectArtifactStore {
        let (location, storage) = try storage(
            prefix, port: port, environment: environment, bucket: bucket, sizes: sizes)
        return ObjectArtifactStore(location: location, storage: storage)
    }
}

extension Scratch {
    /// Writes the files of a run, of different sizes, and gives their contents.
    func writeRun(_ number: Int) throws -> (files: [FilePath], contents: [String: String]) {
        var contents = ["profiles.csv": String(repeating: "\(number),", count: number % 50 * 100)]
        if number % 8 == 1 { contents["state.dat"] = "state \(number)" }
        let files = try contents.map { try write($1, to: "run-\(number)/\($0)") }
        return (files.sorted { $0.string < $1.string }, contents)
    }

    /// The contents of the files in a folder.
    func contents(_ folder: String) throws -> [String: String] {
        try Dictionary(uniqueKeysWithValues: names(folder).map { ($0, try read("\(folder)/\($0)")) })
    }
}

/// The hash that stands for a run of that number.
func runHash(_ number: Int) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: 64 - digits.count) + digits
}
