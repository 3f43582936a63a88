import Support
import TestSupport
import Testing
import Yams

@testable import KubernetesClient
@testable import Scaler

/// A value may stand in every kind of place that an object has.
@Suite(.onDedicatedThread)
struct HostilePlaceTests {
    /// A Job, and a ConfigMap, with the value wherever one can stand: in names and values of labels, annotations, variables
    /// and selectors, in arguments, images and texts of several lines, with quotes and without, in comments.
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
            # a file of its own
            key: {{ values.v }}
        """

    /// The trees of both objects, without their labels and annotations, which are put in order by their names.
    private func trees(_ value: String) throws -> [Node] {
        let manifests = try TemplateSample.render(Self.template, ["v": value])
        #expect(manifests.map(\.kind) == ["Job", "ConfigMap"], "\(value.debugDescription)")
        return try manifests.map { try #require(try Yams.compose(yaml: $0.yaml)) }
    }

    private func check(_ value: String, against harmless: [Node]) throws {
        let found = try trees(value)
        for (tree, harmless) in zip(found, harmless) {
            #expect(tree.shape == harmless.shape, "\(value.debugDescription.prefix(200))")
            // Labels are put in order by their names, of which the value is one.
            let areSame = bytes(tree.scalars).sorted(by: precedes) == bytes(harmless, with: value).sorted(by: precedes)
            #expect(areSame, "\(value.debugDescription.prefix(200))")
            if let spec = tree["spec"], let wanted = harmless["spec"] {
                #expect(bytes(spec.scalars) == bytes(wanted, with: value))
            }
        }
    }

    /// What the scalars are to be. Bytes, since texts that look alike count as equal.
    private func bytes(_ harmless: Node, with value: String) -> [[UInt8]] {
        bytes(harmless.scalars.map { $0.replacing("harmless", with: value) })
    }

    private func bytes(_ texts: [String]) -> [[UInt8]] { texts.map { Array($0.utf8) } }

    private func precedes(_ first: [UInt8], _ second: [UInt8]) -> Bool { first.lexicographicallyPrecedes(second) }

    @Test("wherever a hostile value stands, it is that scalar or that part of it, and nothing else changes")
    func everywhere() throws {
        let harmless = try trees("harmless")
        for value in HostileValues.all { try check(value, against: harmless) }
    }

    @Test("so it is with 64 KiB, and with random texts of any characters that a text may have")
    func random() throws {
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

    /// Whether a text of YAML can have a character.
    private static func isText(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x7F..<0xA0, 0xFEFF, 0xFFFE, 0xFFFF: false
        default: true
        }
    }

    @Test("where nothing but a name can stand, anything else is refused with a sentence")
    func names() throws {
        let places = [
            ("name: {{ job.name }}", "name: {{ values.v }}"), ("kind: Job", "kind: {{ values.v }}"),
            ("apiVersion: batch/v1", "apiVersion: {{ values.v }}"),
            ("name: {{ job.name }}", "name: {{ job.name }}\n  namespace: {{ values.v }}"),
            ("queue: {{ queue.name }}", "queue: {{ values.v }}"),
            ("restartPolicy: Never", "restartPolicy: {{ values.v }}"),
        ]
        for (old, new) in places {
            let template = TemplateSample.job().replacing(old, with: new)
            #expect(template.contains("values.v"))
            for value in HostileValues.all + [HostileValues.long] {
                do {
                    let manifests = try TemplateSample.render(template, ["v": value])
                    // What is a name after all is one, and becomes nothing else.
                    let isName = manifests.count == 1 && manifests[0].name.hasPrefix(value)
                    #expect(isName, "\(new): \(value.debugDescription)")
                } catch let error as TemplateError {
                    #expect(error.problems.count == 1 && !error.description.contains(where: \.isNewline))
                    #expect(error.description.utf8.count < 1000)
                }
            }
        }
    }

    @Test("an object that is larger than any cluster takes is refused before it is sent")
    func tooLarge() {
        let value = String(repeating: HostileValues.long, count: 66)
        let template = TemplateSample.job(annotations: "    x: {{ values.v }}")
        let error = #expect(throws: TemplateError.self) { try TemplateSample.render(template, ["v": value]) }
        #expect("\(error!)".contains("larger than"), "\("\(error!)".prefix(200))")
    }
}
