import FoundationEssentials
import HTTPClient
import SystemPackage
import TestSupport
import Testing

@testable import ArtifactStore

@Suite("AWS credentials", .enabled(if: PythonServer.isAvailable, "\(PythonServer.unavailableReason)"))
struct AWSCredentialTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func chain(_ environment: [String: String]) throws -> AWSCredentialChain {
        AWSCredentialChain(
            environment: environment, profile: try AWSProfile(environment: environment), region: "eu-central-1")
    }

    private func credentialList(_ keys: [[String: String]], seconds: Int = 3600) throws -> String {
        struct Entry: Encodable {
            let id, secret, token: String
            let seconds: Int
        }
        let list = keys.map {
            Entry(id: $0["id"] ?? "", secret: $0["secret"] ?? "", token: $0["token"] ?? "", seconds: seconds)
        }
        return String(decoding: try JSONEncoder().encode(list), as: UTF8.self)
    }

    @Test("come from a web identity, a container's endpoint or the instance metadata")
    func credentials_comeFromEndpoints() async throws {
        let token = try folder.write("a signed token\n", to: "token").string
        let containerToken = try folder.write("the container's token\n", to: "container-token").string
        let list = try credentialList([["id": "ID", "secret": "SECRET", "token": "TOKEN"]])
        try await PythonServer.run("credentials", [list]) { server in
            let url = "http://127.0.0.1:\(try server.port)"
            let environments: [[String: String]] = [
                ["AWS_WEB_IDENTITY_TOKEN_FILE": token, "AWS_ROLE_ARN": "arn:x", "AWS_ENDPOINT_URL_STS": url],
                [
                    "AWS_CONTAINER_CREDENTIALS_FULL_URI": "\(url)/container",
                    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": containerToken,
                ],
                ["AWS_EC2_METADATA_SERVICE_ENDPOINT": url],
            ]
            for environment in environments {
                let credentials = try await chain(environment).load(HTTPClient())
                #expect(
                    credentials.value
                        == AWSCredentials(accessKeyID: "ID", secretAccessKey: "SECRET", sessionToken: "TOKEN"))
                let lifetime = try #require(credentials.lifetime)
                #expect(lifetime > .seconds(3500))
                #expect(lifetime <= .seconds(3600))
            }
            for (environment, reason) in [
                (["AWS_CONTAINER_CREDENTIALS_FULL_URI": "\(url)/container"], "status 401"),
                (
                    [
                        "AWS_WEB_IDENTITY_TOKEN_FILE": containerToken, "AWS_ROLE_ARN": "arn:x",
                        "AWS_ENDPOINT_URL_STS": url,
                    ], "token is unknown"
                ),
                (["AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://evil.test/x"], "must be an https: URL"),
                (["AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1.evil.test/x"], "must be an https: URL"),
                (["AWS_ACCESS_KEY_ID": "ID"], "set both or neither"),
            ] {
                let error = await #expect(throws: ArtifactStoreError.self) {
                    try await chain(environment).load(HTTPClient())
                }
                #expect(error?.code == .credentials)
                #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
                #expect(error?.message.contains("token\n") == false)
            }
        }
    }

    @Test("come from profiles in the shared files, of which the credentials file takes precedence")
    func profiles_areRead() async throws {
        let credentials = try folder.write(
            """
            [default]
            aws_access_key_id = DEFAULT
            aws_secret_access_key=one # a comment
            [other]
            aws_access_key_id=OTHER
            aws_secret_access_key = a+b/c=
            aws_session_token = t
            """, to: "credentials"
        ).string
        let config = try folder.write(
            """
            # a comment
            [default]
            region = eu-north-1
            aws_access_key_id = not this one
            [profile other]
            region = eu-west-3
            s3 =
              max_concurrent_requests = 1
            [profile sso]
            sso_session = x
            """, to: "config"
        ).string
        var environment = ["AWS_SHARED_CREDENTIALS_FILE": credentials, "AWS_CONFIG_FILE": config]
        #expect(
            try await chain(environment).load(HTTPClient()).value
                == AWSCredentials(accessKeyID: "DEFAULT", secretAccessKey: "one"))
        #expect(try AWSProfile(environment: environment)?.values["region"] == "eu-north-1")
        environment["AWS_PROFILE"] = "other"
        #expect(
            try await chain(environment).load(HTTPClient()).value
                == AWSCredentials(accessKeyID: "OTHER", secretAccessKey: "a+b/c=", sessionToken: "t"))
        #expect(try AWSProfile(environment: environment)?.values["region"] == "eu-west-3")
        environment["AWS_PROFILE"] = "sso"
        let sso = environment
        let error = await #expect(throws: ArtifactStoreError.self) { try await chain(sso).load(HTTPClient()) }
        #expect(error?.message.contains("uses 'sso_session', which is not supported") == true)
        environment["AWS_PROFILE"] = "absent"
        let absent = environment
        #expect(throws: ArtifactStoreError.self) { try AWSProfile(environment: absent) }
    }

    @Test("are refreshed when the store rejects them as expired")
    func expiredCredentials_areRefreshed() async throws {
        let fixture = try await S3Fixture.shared()
        let list = try credentialList(fixture.keys.map { ["id": $0.id, "secret": $0.secret] })
        let proxyArguments = ["--target", "\(fixture.port)", "--expire", fixture.keys[0].id, "--uses", "40"]
        try await PythonServer.run("credentials", [list]) { server in
            try await PythonServer.run("faults", proxyArguments) { proxy in
                let environment = [
                    "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:\(try server.port)/container",
                    "AWS_CONTAINER_AUTHORIZATION_TOKEN": "the container's token",
                ]
                let store = try fixture.store("expiry", port: proxy.port, environment: environment)
                try await ObjectStoreChecks.roundTrip(store, runs: 12, folder)
                let count = try await HTTPClient().send(HTTPRequest(.get, "http://127.0.0.1:\(server.port)/count"))
                #expect(count.text == "2")
            }
        }
    }

    @Test("are refreshed before they expire, once for all waiting tasks")
    func expiringCredentials_areRefreshedOnce() async throws {
        let list = try credentialList(
            [["id": "A", "secret": "a"], ["id": "B", "secret": "b"]], seconds: 2)
        try await PythonServer.run("credentials", [list]) { server in
            let environment = ["AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://127.0.0.1:\(try server.port)"]
            let chain = try chain(environment)
            let secret = RefreshingSecret { try await chain.load(HTTPClient()) }
            let ids = try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<20 { group.addTask { try await secret.current().value.accessKeyID } }
                return try await group.reduce(into: Set<String>()) { $0.insert($1) }
            }
            #expect(ids == ["A"])
            try await eventually("the credentials are refreshed") {
                try await secret.current().value.accessKeyID
            } until: {
                $0 != "A"
            }
            #expect(try await secret.current().value.accessKeyID == "B")
        }
    }
}
