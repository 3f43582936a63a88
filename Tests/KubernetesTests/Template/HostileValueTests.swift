import Support
import TestSupport
import Testing
import Yams

@testable import KubernetesClient
@testable import Scaler

/// A value of any content becomes a scalar, unchanged, and nothing else changes.
@Suite(.onDedicatedThread)
struct HostileValueTests {
    /// All notations of a scalar that contains a value.
    private static let places: [String] = [
        "{{ values.v }}", "\"{{ values.v }}\"", "'{{ values.v }}'", "a {{ values.v }} b", "\"a {{ values.v }} b\"",
        "'a {{ values.v }} b'", "|\n      {{ values.v }}", ">-\n      {{ values.v }}",
        "|-\n      a\n      {{ values.v }}\n      b",
        "[{{ values.v }}, {{ values.v }}]", "{k: {{ values.v }}, \"{{ values.v }}\": 1}", "!!str {{ values.v }}",
        "{{ values.v }}{{ values.v }}", "x # {{ values.v }}", "&anchor {{ values.v }}", "{{ values.v|default:\"d\" }}",
    ]

    private func rendered(_ place: String, _ value: String) throws -> Node {
        let manifests = try TemplateFixture.render(TemplateFixture.job(annotations: "    x: \(place)"), ["v": value])
        #expect(manifests.count == 1)
        return try #require(try Yams.compose(yaml: manifests[0].yaml))
    }

    @Test("a hostile value does not change keys, lists or documents, in any notation", arguments: places)
    func hostileValue_keepsStructure(place: String) throws {
        let harmless = try rendered(place, "harmless")
        for value in HostileValues.all {
            let node = try rendered(place, value)
            #expect(node.shape == harmless.shape, "\(value.debugDescription)")
            let wanted = harmless.scalars.map { $0.replacing("harmless", with: value) }
            #expect(node.scalars == wanted, "\(value.debugDescription)")
            #expect(node["spec"] == harmless["spec"])
        }
    }

    @Test("a text that looks like a number, a boolean or null stays text")
    func lookalikes_stayText() throws {
        for value in HostileValues.all {
            let node = try rendered("{{ values.v }}", value)["metadata"]?["annotations"]?["x"]
            #expect(node?.tag == Tag(.str), "\(value.debugDescription)")
        }
    }

    @Test("random values are unchanged")
    func randomValues_areUnchanged() throws {
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
        "a character that YAML cannot contain is refused",
        arguments: ["\0", "a\u{7}b", "\u{1B}[31m", "\u{7F}", "\u{FEFF}", "\u{FFFF}"])
    func controlCharacters_areRefused(value: String) {
        #expect(throws: TemplateError.self) { try rendered("{{ values.v }}", value) }
    }
}

/// Values in every kind of place of an object.
@Suite(.onDedicatedThread)
struct HostilePlaceTests {
    /// A Job and a ConfigMap with the value in every possible place: in names and values of labels, annotations, variables
    /// and selectors, in arguments, images and multi-line text, with and without quotes, and in comments.
    private static let template = """
        # {{ values.v }}
        apiVersion: batch/v1
        kind: Job
        metadata:
          name: {{ job.name }}
          labels: &labels
            app.kubernetes.io/name: atmos-worker
            atmos-explorer.io/exploration: {{ exploration.name }}
            atmos-explorer.io/queue: {{ queue.name }}
            label: {{ values.v }}
            quoted-label: "{{ values.v }}"
            "label {{ values.v }}": x
          annotations:
            annotation: 'a {{ values.v }} b'
            {{ values.v }}/annotation: x # {{ values.v }}
        spec:
          parallelism: {{ pods }}
          template:
            metadata: {labels: *labels}
            spec:
              restartPolicy: Never
              serviceAccountName: {{ values.v }}
              nodeSelector: { {{ values.v }}: {{ values.v }} }
              tolerations:
                - {key: {{ values.v }}, operator: Exists}
              initContainers: [{"name": "{{ values.v }}", "image": '{{ values.v }}'}]
              containers:
                - name: {{ values.v }}
                  image: registry.example.org/{{ values.v }}@sha256:{{ values.v }}
                  command: ["{{ values.v }}", '{{ values.v }}', {{ values.v }}]
                  args:
                    - {{ values.v }}
                    - --flag={{ values.v }}
                    - |
                      first
                      {{ values.v }}
                      last
                    - >-
                      {{ values.v }}
                      folded
                  env:
                    - name: {{ values.v }}
                      value: {{ values.v }}
                    - {name: "A_{{ values.v }}", value: "{{ values.v }}{{ values.v }}"}
                    - name: DEFAULTED
                      value: {{ values.none|default:values.v }}
        --- # {{ values.v }}
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: c}
        data:
          {{ values.v }}: {{ values.v }}
          file: |
            # a separate file
            key: {{ values.v }}
        """

    /// The YAML trees of both objects.
    private func trees(_ value: String) throws -> [Node] {
        let manifests = try TemplateFixture.render(Self.template, ["v": value])
        #expect(manifests.map(\.kind) == ["Job", "ConfigMap"], "\(value.debugDescription)")
        return try manifests.map { try #require(try Yams.compose(yaml: $0.yaml)) }
    }

    private func check(_ value: String, against harmless: [Node]) throws {
        let found = try trees(value)
        for (tree, harmless) in zip(found, harmless) {
            #expect(tree.shape == harmless.shape, "\(value.debugDescription.prefix(200))")
            // Labels are sorted by their names, one of which is the value.
            let areSame = bytes(tree.scalars).sorted(by: precedes) == bytes(harmless, with: value).sorted(by: precedes)
            #expect(areSame, "\(value.debugDescription.prefix(200))")
            if let spec = tree["spec"], let wanted = harmless["spec"] {
                #expect(bytes(spec.scalars) == bytes(wanted, with: value))
            }
        }
    }

    /// The expected scalars, as bytes: strings compare as equal if they are canonically equivalent.
    private func bytes(_ harmless: Node, with value: String) -> [[UInt8]] {
        bytes(harmless.scalars.map { $0.replacing("harmless", with: value) })
    }

    private func bytes(_ texts: [String]) -> [[UInt8]] { texts.map { Array($0.utf8) } }

    private func precedes(_ first: [UInt8], _ second: [UInt8]) -> Bool { first.lexicographicallyPrecedes(second) }

    @Test("a hostile value in any place becomes (a part of) that scalar, and nothing else changes")
    func hostileValue_inAnyPlaceChangesNothingElse() throws {
        let harmless = try trees("harmless")
        for value in HostileValues.all { try check(value, against: harmless) }
    }

    @Test("the same holds for 64 KiB, and for random text")
    func longAndRandomValues_changeNothingElse() throws {
        let harmless = try trees("harmless")
        try check(HostileValues.long, against: harmless)
        var generator = SplitMix64(seed: 64)
        let marks = Array(":#-{}[]\"'\\|>&*!%@`,? \n\r\t~{{}}{%%}\u{85}\u{2028}".unicodeScalars)
        for _ in 0..<60 {
            var value = String.UnicodeScalarView()
            while value.count < 40 {
                let isMark = Bool.random(using: &generator)
                let scalar =
                    isMark
                    ? marks.randomElement(using: &generator)
                    : Unicode.Scalar(UInt32.random(in: 0x20...0x10_FFFF, using: &generator))
                guard let scalar, isMark || Self.isText(scalar) else { continue }
                value.append(scalar)
            }
            try check(String(value), against: harmless)
        }
    }

    /// Whether YAML text can contain a character.
    private static func isText(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x7F..<0xA0, 0xFEFF, 0xFFFE, 0xFFFF: false
        default: true
        }
    }

    @Test("in the place of a name, other values are refused with a sentence")
    func nonNames_areRefused() throws {
        let places = [
            ("name: {{ job.name }}", "name: {{ values.v }}"), ("kind: Job", "kind: {{ values.v }}"),
            ("apiVersion: batch/v1", "apiVersion: {{ values.v }}"),
            ("name: {{ job.name }}", "name: {{ job.name }}\n  namespace: {{ values.v }}"),
            ("queue: {{ queue.name }}", "queue: {{ values.v }}"),
            ("restartPolicy: Never", "restartPolicy: {{ values.v }}"),
        ]
        for (old, new) in places {
            let template = TemplateFixture.job().replacing(old, with: new)
            #expect(template.contains("values.v"))
            for value in HostileValues.all + [HostileValues.long] {
                do {
                    let manifests = try TemplateFixture.render(template, ["v": value])
                    // A valid name stays that name.
                    let isName = manifests.count == 1 && manifests[0].name.hasPrefix(value)
                    #expect(isName, "\(new): \(value.debugDescription)")
                } catch let error as TemplateError {
                    #expect(error.problems.count == 1)
                    #expect(!error.description.contains { $0.isNewline })
                    #expect(error.description.utf8.count < 1000)
                }
            }
        }
    }

    @Test("an object that is too large for any cluster is refused before it is sent")
    func oversizedObject_isRefused() {
        let value = String(repeating: HostileValues.long, count: 66)
        let template = TemplateFixture.job(annotations: "    x: {{ values.v }}")
        let error = #expect(throws: TemplateError.self) { try TemplateFixture.render(template, ["v": value]) }
        #expect("\(error!)".contains("larger than"), "\("\(error!)".prefix(200))")
    }
}

/// Texts with a meaning in YAML, Stencil or a shell, which they must not have as values.
enum HostileValues {
    static let all: [String] = [
        "", " ", "\n", "\nspec: {hostNetwork: true}", "x\n    y: z", "\"", "'", "\\", "\\\"", "\" , evil: \"1",
        "' , evil: '1",
        "x: y", "x #y", "# x", "- a", "? a", "a: b: c", "{", "}", "[", "]", "{{ pods }}", "{% if %}", "}}", "&a", "*a",
        "!a",
        "!!int 5", "|", ">", "%YAML 1.1", "---", "...", "\n---\nkind: Pod\n", "\n...\n", "yes", "no", "on", "null", "~",
        "true",
        "1", "0x1F", "1e3", "012", "12:30:45", "2026-01-01", ".inf", ".nan", "<<", "=", "`", "@", "\t", "a\tb",
        "a\r\nb", "\r",
        "\u{85}", "\u{2028}", "é", "日本", "👩‍🚀", "\u{301}", "\u{E000}0\u{E001}", "\u{E001}", "$(rm -rf /)",
        "a  b",
        " a", "a ", "\n\n a\n\n", String(repeating: "long ", count: 300), "C:\\path",
        "{\"point\": {\"code\": \"0.21,…\"}}",
    ]

    /// 64 KiB of hostile text, with line ends.
    static let long = String(
        String(repeating: "a: b #c '\"{{ x }}%é\n- [", count: 4096).prefix(65_536))
}

extension Node {
    /// The scalars of a tree from first to last.
    var scalars: [String] {
        switch self {
        case .scalar(let scalar): [scalar.string]
        case .sequence(let sequence): sequence.flatMap(\.scalars)
        case .mapping(let mapping): mapping.flatMap { $0.key.scalars + $0.value.scalars }
        case .alias: []
        }
    }

    /// The structure of a tree, without the content of scalars.
    var shape: String {
        switch self {
        case .scalar: "s"
        case .sequence(let sequence): "[" + sequence.map(\.shape).joined() + "]"
        case .mapping(let mapping): "{" + mapping.map { $0.key.shape + $0.value.shape }.joined() + "}"
        case .alias: "*"
        }
    }
}
