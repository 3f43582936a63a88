import Support
import TestSupport
import Testing

@testable import ArtifactStore

/// The XML that S3 and STS answer with.
@Suite struct XMLElementTests {
    private static let list = """
        <?xml version="1.0" encoding="UTF-8"?>
        <!-- a comment --><s3:List xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
          <Contents><Key>a &amp; b &#233;&#xE9;</Key><Size>1</Size></Contents>
          <Contents a="b"><Key/><Size>2</Size></Contents>
        </s3:List>
        """

    @Test("elements are found by name, with their text")
    func read() throws {
        let root = try #require(XMLElement(Array(Self.list.utf8)))
        #expect(root.name == "List")
        #expect(root.all("Contents").map { $0["Key"]?.text } == ["a & b éé", ""])
        #expect(root.all("Contents").map { $0["Size"]?.text } == ["1", "2"])
        #expect(root["Nothing"] == nil)
        #expect(XMLElement(Array("<a>\(XMLElement.encode("<&>\""))</a>".utf8))?.text == "<&>\"")
    }

    @Test(
        "what is not well-formed is refused",
        arguments: [
            "", "text", "<a>", "</a>", "<a></b>", "<a>&nope;</a>", "<a>&amp</a>", "<a/><b/>", "<", "<!--",
            "<!DOCTYPE a [<!ENTITY b \"c\">]><a/>", "<a>&#x110000;</a>", "<></>", String(repeating: "<a>", count: 1000),
        ])
    func refused(text: String) {
        #expect(XMLElement(Array(text.utf8)) == nil)
    }

    @Test("nothing in it can bring the reader down")
    func garbled() {
        var generator = SplitMix64(seed: 7)
        let bytes = Array(Self.list.utf8)
        for _ in 0..<3000 {
            var garbled = bytes
            for _ in 0..<Int.random(in: 1...8, using: &generator) {
                garbled[Int.random(in: garbled.indices, using: &generator)] = .random(in: 0...255, using: &generator)
            }
            _ = XMLElement(Array(garbled.prefix(Int.random(in: 0...garbled.count, using: &generator))))
        }
    }
}
