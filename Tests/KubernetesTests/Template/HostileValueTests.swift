import TestSupport
import Testing
import Yams

@testable import Kubernetes

/// Whatever a value holds, it ends up as a scalar, whole, and nothing else changes.
struct HostileValueTests {
    /// Every way of writing a scalar with a value in it.
    private static let places: [String] = [
        "{{ values.v }}", "\"{{ values.v }}\"", "'{{ values.v }}'", "a {{ values.v }} b", "\"a {{ values.v }} b\"",
        "'a {{ values.v }} b'", "|\n      {{ values.v }}", ">-\n      {{ values.v }}",
        "|-\n      a\n      {{ values.v }}\n      b",
        "[{{ values.v }}, {{ values.v }}]", "{k: {{ values.v }}, \"{{ values.v }}\": 1}", "!!str {{ values.v }}",
        "{{ values.v }}{{ values.v }}", "x # {{ values.v }}", "&anchor {{ values.v }}", "{{ values.v|default:\"d\" }}",
    ]

    private static let values: [String] = [
        "", " ", "\n", "\nspec: {hostNetwork: true}", "x\n    y: z", "\"", "'", "\\", "\\\"", "\" , evil: \"1",
        "' , evil: '1",
        "x: y", "x #y", "# x", "- a", "? a", "a: b: c", "{", "}", "[", "]", "{{ pods }}", "{% if %}", "}}", "&a", "*a",
        "!a",
        "!!int 5", "|", ">", "%YAML 1.1", "---", "...", "\n---\nkind: Pod\n", "\n...\n", "yes", "no", "on", "null", "~",
        "true",
        "1", "0x1F", "1e3", "012", "12:30:45", "2026-01-01", ".inf", ".nan", "<<", "=", "`", "@", "\t", "a\tb",
        "a\r\nb", "\r",
        "\u{85}", "\u{2028}", "\u{FEFF}", "é", "日本", "👩‍🚀", "\u{301}", "\u{E000}0\u{E001}", "\u{E001}", "$(rm -rf /)",
        "a  b",
        " a", "a ", "\n\n a\n\n", String(repeating: "long ", count: 300), "C:\\path",
        "{\"point\": {\"code\": \"0.21,…\"}}",
    ]

    /// The scalars of a tree, and its shape with nothing but the number of them.
    private func scalars(_ node: Node) -> [String] {
        switch node {
        case .scalar(let scalar): [scalar.string]
        case .sequence(let sequence): sequence.flatMap(scalars)
        case .mapping(let mapping): mapping.flatMap { scalars($0.key) + scalars($0.value) }
        case .alias: []
        }
    }

    private func shape(_ node: Node) -> String {
        switch node {
        case .scalar: "s"
        case .sequence(let sequence): "[" + sequence.map(shape).joined() + "]"
        case .mapping(let mapping): "{" + mapping.map { shape($0.key) + shape($0.value) }.joined() + "}"
        case .alias: "*"
        }
    }

    private func rendered(_ place: String, _ value: String) throws -> Node {
        let manifests = try TemplateSample.render(TemplateSample.job(annotations: "    x: \(place)"), ["v": value])
        #expect(manifests.count == 1)
        return try #require(try Yams.compose(yaml: manifests[0].yaml))
    }

    @Test("a hostile value changes no key, no list and no document, wherever it stands", arguments: places)
    func anywhere(place: String) throws {
        let harmless = try rendered(place, "harmless")
        for value in Self.values {
            let node = try rendered(place, value)
            #expect(shape(node) == shape(harmless), "\(value.debugDescription)")
            let wanted = scalars(harmless).map { $0.replacing("harmless", with: value) }
            #expect(scalars(node) == wanted, "\(value.debugDescription)")
            #expect(node["spec"] == harmless["spec"])
        }
    }

    @Test("what looks like a number, a boolean or nothing stays a text")
    func kinds() throws {
        for value in Self.values {
            let node = try rendered("{{ values.v }}", value)["metadata"]?["annotations"]?["x"]
            #expect(node?.tag == Tag(.str), "\(value.debugDescription)")
        }
    }

    @Test("random values come back as they were")
    func random() throws {
        var generator = SeededGenerator(seed: 8)
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
        arguments: ["\0", "a\u{7}b", "\u{1B}[31m", "\u{7F}", "\u{FFFF}"])
    func control(value: String) {
        #expect(throws: TemplateError.self) { try rendered("{{ values.v }}", value) }
    }
}
