import HTTPClient
import Support
import TestSupport
import Testing

@testable import ArtifactStore

/// Tests against published values: AWS's test suite for Signature Version 4, and the examples in the documentation of
/// S3.
@Suite("AWS Signature Version 4")
struct SignatureTests {
    private let suite = AWSSignature(
        credentials: AWSCredentials(
            accessKeyID: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
        region: "us-east-1", service: "service", time: 1_440_938_160)

    private func signature(_ authorization: String) -> String {
        String(authorization.split(separator: "Signature=").last ?? "")
    }

    struct Vector: Sendable, CustomTestStringConvertible {
        let name: String
        var method = HTTPRequest.Method.get
        var path = "/"
        var query: [(String, String)] = []
        var headers: [(String, String)] = []
        var body = ""
        let signature: String

        var testDescription: String { name }
    }

    @Test(
        "matches AWS's test suite",
        arguments: [
            Vector(name: "get-vanilla", signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
            Vector(
                name: "get-vanilla-query-order-key-case", query: [("Param2", "value2"), ("Param1", "value1")],
                signature: "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"),
            Vector(
                name: "get-vanilla-query-unreserved",
                query: [
                    (
                        "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
                        "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                    )
                ], signature: "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197"),
            Vector(
                name: "get-unreserved",
                path: "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
                signature: "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"),
            Vector(
                name: "get-utf8", path: "/\u{1234}",
                signature: "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"),
            Vector(
                name: "get-header-key-duplicate",
                headers: [("My-Header1", "value2"), ("My-Header1", "value2"), ("My-Header1", "value1")],
                signature: "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea"),
            Vector(
                name: "get-header-value-trim", headers: [("My-Header1", " value1"), ("My-Header2", " \"a   b   c\"")],
                signature: "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"),
            Vector(
                name: "post-vanilla", method: .post,
                signature: "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
            Vector(
                name: "post-vanilla-query", method: .post, query: [("Param1", "value1")],
                signature: "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11"),
            Vector(
                name: "post-x-www-form-urlencoded", method: .post,
                headers: [("Content-Type", "application/x-www-form-urlencoded")], body: "Param1=value1",
                signature: "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"),
        ])
    func signature_matchesTestSuite(vector: Vector) {
        var headers: HTTPHeaders = ["Host": "example.amazonaws.com", "X-Amz-Date": "20150830T123600Z"]
        for (name, value) in vector.headers { headers.add(name, value) }
        let authorization = suite.authorization(
            of: AWSSignature.Request(
                method: vector.method, path: PercentEncoding.encode(vector.path, keepsSlashes: true),
                query: vector.query.map { (name: $0.0, value: $0.1) }, headers: headers,
                payloadSHA256: Hexadecimal.encode(SHA256.hash(vector.body.utf8))))
        #expect(signature(authorization) == vector.signature)
        #expect(authorization.contains("Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "))
    }

    @Test("matches the examples in the documentation of S3")
    func signature_matchesS3Examples() {
        let signer = AWSSignature(
            credentials: AWSCredentials(
                accessKeyID: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
            region: "us-east-1", service: "s3", time: 1_369_353_600)
        let nothing = Hexadecimal.encode(SHA256.hash([]))
        func sign(
            _ method: HTTPRequest.Method, _ path: String, query: [(name: String, value: String)] = [],
            _ more: [(String, String)] = [], payload: String
        ) -> String {
            var headers: HTTPHeaders = [
                "Host": "examplebucket.s3.amazonaws.com", "x-amz-content-sha256": payload,
                "x-amz-date": "20130524T000000Z",
            ]
            for (name, value) in more { headers.add(name, value) }
            return signature(
                signer.authorization(
                    of: AWSSignature.Request(
                        method: method, path: path, query: query, headers: headers, payloadSHA256: payload)))
        }
        #expect(
            sign(.get, "/test.txt", [("Range", "bytes=0-9")], payload: nothing)
                == "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41")
        #expect(
            sign(
                .put, "/" + PercentEncoding.encode("test$file.text", keepsSlashes: true),
                [("Date", "Fri, 24 May 2013 00:00:00 GMT"), ("x-amz-storage-class", "REDUCED_REDUNDANCY")],
                payload: Hexadecimal.encode(SHA256.hash("Welcome to Amazon S3.".utf8)))
                == "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd")
        #expect(
            sign(.get, "/", query: [("lifecycle", "")], payload: nothing)
                == "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543")
        #expect(
            sign(.get, "/", query: [("max-keys", "2"), ("prefix", "J")], payload: nothing)
                == "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7")
    }

    @Test("uses HMAC and CRC32C with the published values (RFC 4231, 2; RFC 3720, B.4)")
    func checksums_matchPublishedValues() {
        #expect(
            Hexadecimal.encode(HMACSHA256.code(of: "what do ya want for nothing?".utf8, key: "Jefe".utf8))
                == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
        for (bytes, expected) in [
            ([UInt8](repeating: 0, count: 32), UInt32(0x8A91_36AA)), ([UInt8](repeating: 255, count: 32), 0x62A8_AB43),
            (Array(0..<32), 0x46DD_794E), (Array("123456789".utf8), 0xE306_9283),
        ] {
            var checksum = CRC32C()
            bytes.withUnsafeBytes { checksum.update($0) }
            #expect(checksum.value == expected)
        }
    }
}

/// Tests of the parser for the XML of S3 and STS.
@Suite("An XML element")
struct XMLElementTests {
    private static let list = """
        <?xml version="1.0" encoding="UTF-8"?>
        <!-- a comment --><s3:List xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
          <Contents><Key>a &amp; b &#233;&#xE9;</Key><Size>1</Size></Contents>
          <Contents a="b"><Key/><Size>2</Size></Contents>
        </s3:List>
        """

    @Test("has children by name and text")
    func elements_areRead() throws {
        let root = try #require(XMLElement(Array(Self.list.utf8)))
        #expect(root.name == "List")
        #expect(root.all("Contents").map { $0["Key"]?.text } == ["a & b éé", ""])
        #expect(root.all("Contents").map { $0["Size"]?.text } == ["1", "2"])
        #expect(root["Nothing"] == nil)
        #expect(XMLElement(Array("<a>\(XMLElement.encode("<&>\""))</a>".utf8))?.text == "<&>\"")
    }

    @Test(
        "is not read from malformed XML",
        arguments: [
            "", "text", "<a>", "</a>", "<a></b>", "<a>&nope;</a>", "<a>&amp</a>", "<a/><b/>", "<", "<!--",
            "<!DOCTYPE a [<!ENTITY b \"c\">]><a/>", "<a>&#x110000;</a>", "<></>", String(repeating: "<a>", count: 1000),
        ])
    func malformedXML_isRefused(text: String) {
        #expect(XMLElement(Array(text.utf8)) == nil)
    }

    @Test("is read from damaged XML without a crash, and never from a truncated document")
    func damagedXML_doesNotCrash() {
        var generator = SplitMix64(seed: 7)
        let bytes = Array(Self.list.utf8)
        for _ in 0..<3000 {
            var garbled = bytes
            for _ in 0..<Int.random(in: 1...8, using: &generator) {
                garbled[Int.random(in: garbled.indices, using: &generator)] = .random(in: 0...255, using: &generator)
            }
            _ = XMLElement(Array(garbled.prefix(Int.random(in: 0...garbled.count, using: &generator))))
        }
        // The last line break is not part of the document.
        let end = bytes.lastIndex(of: UInt8(ascii: ">")) ?? 0
        for count in 0..<end { #expect(XMLElement(Array(bytes.prefix(count))) == nil) }
    }
}
