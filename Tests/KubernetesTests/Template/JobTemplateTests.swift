import Testing
import Yams

@testable import KubernetesClient
@testable import Scaler

struct JobTemplateTests {
    /// The value of an annotation after rendering it from a template's line.
    private func annotation(_ line: String, _ own: [String: String] = [:]) throws -> Node? {
        let manifests = try TemplateSample.render(TemplateSample.job(annotations: "    x: \(line)"), own)
        return try Yams.compose(yaml: manifests[0].yaml)?["metadata"]?["annotations"]?["x"]
    }

    @Test("the report's values are put in, and numbers stay numbers")
    func values() throws {
        let job = try TemplateSample.render(TemplateSample.job())[0]
        let node = try #require(try Yams.compose(yaml: job.yaml))
        #expect(node["spec"]?["parallelism"]?.int == 40)
        #expect(job.name == "earth-main-\(TemplateSample.decision.id)")
        #expect(job.podLabels[Labels.exploration] == "earth")
        #expect(job.annotations[Annotations.decision] == TemplateSample.decision.id)
        #expect(try annotation("\"{{ queue.ready }}\"")?.tag == Tag(.str))
        #expect(try annotation("{{ queue.ready }}m")?.string == "40m")
    }

    @Test(
        "helpers calculate with amounts, give defaults, quote, indent and name",
        arguments: [
            ("{{ resources.ram|times:2 }}", "2560Mi"), ("{{ resources.cpus|plus:\"250m\" }}", "750m"),
            ("{{ resources.ram|plus:\"768Mi\" }}", "2Gi"), ("{{ pods|minus:1 }}", "39"),
            ("{{ pods|divided_by:3|round_up }}", "14"),
            ("{{ pods|at_most:10 }}", "10"), ("{{ pods|at_least:100 }}", "100"),
            ("{{ resources.cpus|times:1.5 }}", "750m"),
            ("{{ values.none|default:\"there\" }}", "there"), ("{{ pods|quote }}", "40"),
            ("{{ values.lines|indent:2 }}", "a\n  b"), ("{{ \"x\"|uuid }}", "{{ \"x\"|uuid }}"),
        ])
    func helpers(expression: String, expected: String) throws {
        let node = try annotation(expression, ["lines": "a\nb"])
        if expression.contains("uuid") {
            let first = try #require(node?.string)
            #expect(first.wholeMatch(of: /[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/) != nil)
            #expect(try annotation(expression)?.string == first, "the same decision names the same")
            #expect(try annotation("{{ \"y\"|uuid }}")?.string != first)
        } else {
            #expect(node?.string == expected)
        }
        if expression.contains("quote") { #expect(node?.tag == Tag(.str)) }
    }

    @Test("several documents come out as several objects")
    func documents() throws {
        let text =
            TemplateSample.job()
            + "\n---\n# nothing\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ job.name }}-c}\ndata: {n: \"{{ pods }}\"}\n"
        let manifests = try TemplateSample.render(text)
        #expect(manifests.map(\.kind) == ["Job", "ConfigMap"])
    }

    private static let refusals: [(String, String)] = [
        (TemplateSample.job(annotations: "    fixed: again"), "fixed"),
        (TemplateSample.job(annotations: "    {{ queue.name }}: 1\n    {{ queue.name }}: 2"), "main"),
        (TemplateSample.job().replacing("restartPolicy: Never", with: "restartPolicy: OnFailure"), "restartPolicy"),
        (TemplateSample.job().replacing("metadata: {labels: *labels}", with: "metadata: {}"), "label"),
        (TemplateSample.job().replacing("{{ exploration.name }}", with: "mars"), "exploration"),
        (TemplateSample.job(annotations: "    x: {{ queue.oldest }}"), "has no value"),
        (TemplateSample.job(annotations: "    x: {{ nodes }}"), "no single value"),
        (TemplateSample.job(annotations: "    x: {{ pods|times:\"x\" }}"), "no number"),
        (TemplateSample.job(annotations: "    x: {{ pods|divided_by:0 }}"), "divided by 0"),
        (TemplateSample.job(annotations: "    x: {{ pods|nothing }}"), "Unknown filter"),
        (TemplateSample.job(annotations: "    x: {{ pods if pods else 1 }}"), "{% if"),
        (TemplateSample.job(annotations: "    x: {{ }}"), "names no variable"),
        (TemplateSample.job(annotations: "{% if pods %}"), "endif"),
        (TemplateSample.job(annotations: "{% include \"/etc/passwd\" %}"), "no tag"),
        (TemplateSample.job(annotations: "{% filter uppercase %}{{ pods }}{% endfilter %}"), "no tag"),
        (TemplateSample.job(annotations: "    x: [{{ pods }}"), "not well-formed"),
        (TemplateSample.job(annotations: "    x: !{{ queue.name }} y"), "not well-formed"),
        ("", "no Job"), ("a: 1", "apiVersion"), ("{{ pods }}", "mapping"),
        (TemplateSample.job() + "\n---\n" + TemplateSample.job(), "twice"),
        (TemplateSample.job(annotations: "    x: \u{E000}0\u{E001}"), "U+E000"),
    ]

    @Test("what would be no Job of ours is refused with a sentence", arguments: refusals)
    func refused(text: String, expected: String) {
        let error = #expect(throws: TemplateError.self) { try TemplateSample.render(text) }
        #expect("\(error!)".contains(expected), "\(error!)")
    }

    @Test("the name of a Job fits into the labels of its pods, whatever the exploration is called")
    func names() throws {
        let name = String(repeating: "a", count: 45) + "-bc"
        let job = try TemplateSample.render(TemplateSample.job(), exploration: name)[0]
        #expect(job.name.utf8.count <= 63)
        #expect(job.name.hasSuffix(TemplateSample.decision.id))
    }

    @Test("the template that ships renders, with all that it may have and with nothing")
    func shipped() throws {
        let file = "\(#filePath)".replacing(#/Tests/.*/#, with: "config/scaler/")
        let own = try TemplateValues.read(file: file + "values.yaml")
        let extras: [[String: String]] = [[:], ["node_label": "cloud.google.com/gke-nodepool", "spot_taint": "spot"]]
        for extra in extras {
            let variables = TemplateSample.variables(own.merging(extra) { $1 })
            let job = try JobTemplate(file: file + "workers.yaml").render(variables)[0]
            let pod = try #require(try Yams.compose(yaml: job.yaml)?["spec"]?["template"]?["spec"])
            let container = try #require(pod["containers"]?[0])
            #expect(container["resources"]?["requests"]?["memory"]?.string == "1280Mi")
            #expect(container["image"]?.string == own["model_image"])
            #expect((pod["tolerations"] == nil) == extra.isEmpty)
        }
    }
}
