import Support
import TestSupport
import Testing
import Yams

@testable import KubernetesClient
@testable import Scaler

/// Whatever a value holds, it ends up as a scalar, whole, and nothing else changes.
@Suite(.onDedicatedThread)
struct HostileValueTests {
    /// Every way of writing a scalar with a value in it.
    private static let places: [String] = [
        "{{ values.v }}", "\"{{ values.v }}\"", "'{{ values.v }}'", "a {{ values.v }} b", "\"a {{ values.v }} b\"",
        "'a {{ values.v }} b'", "|\n      {{ values.v }}", ">-\n      {{ values.v }}",
        "|-\n      a\n      {{ values.v }}\n      b",
        "[{{ values.v }}, {{ values.v }}]", "{k: {{ values.v }}, \"{{ values.v }}\": 1}", "!!str {{ values.v }}",
        "{{ values.v }}{{ values.v }}", "x # {{ values.v }}", "&anchor {{ values.v }}", "{{ values.v|default:\"d\" }}",
    ]

    private func rendered(_ place: String, _ value: String) throws -> Node {
        let manifests = try TemplateSample.render(TemplateSample.job(annotations: "    x: \(place)"), ["v": value])
        #expect(manifests.count == 1)
        return try #require(try Yams.compose(yaml: manifests[0].yaml))
    }

    @Test("a hostile value changes no key, no list and no document, wherever it stands", arguments: places)
    func anywhere(place: String) throws {
        let harmless = try rendered(place, "harmless")
        for value in HostileValues.all {
            let node = try rendered(place, value)
            #expect(node.shape == harmless.shape, "\(value.debugDescription)")
            let wanted = harmless.scalars.map { $0.replacing("harmless", with: value) }
            #expect(node.scalars == wanted, "\(value.debugDescription)")
            #expect(node["spec"] == harmless["spec"])
        }
    }

    @Test("what looks like a number, a boolean or nothing stays a text")
    func kinds() throws {
        for value in HostileValues.all {
            let node = try rendered("{{ values.v }}", value)["metadata"]?["annotations"]?["x"]
            #expect(node?.tag == Tag(.str), "\(value.debugDescription)")
        }
    }

    @Test("random values come back as they were")
    func random() throws {
        var generator = SplitMix64(seed: 8)
        let alphabet = Array("ab:#-{}[]\"'\\|>&*!%@`,? \n\t~0{{}}%\u{E000}\u{E001}é\u{2029}")
        for _ in 0..<300 {
            let value = String(
                (0..<Int.random(in: 0...20, using: &generator)).map { _ in alphabet.randomElement(using: &generator)! })
            let place = Self.places[..<4].randomElement(using: &generator)!
            let node = try rendered(place, value)
            let text = node["metadata"]?["annotations"]?["x"]?.string
            #expect(text == (place.contains("a ") ? "a \(value) b" : value), "\(value.debugDescription)")
        }
    }

    @Test(
        "a character that no text of YAML can have is refused",
        arguments: ["\0", "a\u{7}b", "\u{1B}[31m", "\u{7F}", "\u{FEFF}", "\u{FFFF}"])
    func control(value: String) {
        #expect(throws: TemplateError.self) { try rendered("{{ values.v }}", value) }
    }
}
