import Testing
import Yams

@testable import KubernetesClient
@testable import Scaler

struct JobTemplateTests {
    /// Renders an annotation and returns its value.
    private func annotation(_ line: String, _ custom: [String: String] = [:]) throws -> Node? {
        let manifests = try TemplateFixture.render(TemplateFixture.job(annotations: "    x: \(line)"), custom)
        return try Yams.compose(yaml: manifests[0].yaml)?["metadata"]?["annotations"]?["x"]
    }

    @Test("values of the report are inserted, and numbers stay numbers")
    func reportValues_areInserted() throws {
        let job = try TemplateFixture.render(TemplateFixture.job())[0]
        let node = try #require(try Yams.compose(yaml: job.yaml))
        #expect(node["spec"]?["parallelism"]?.int == 40)
        #expect(job.name == "earth-main-\(TemplateFixture.decision.id)")
        #expect(job.podLabels[Labels.exploration] == "earth")
        #expect(job.annotations[Annotations.decision] == TemplateFixture.decision.id)
        #expect(try annotation("\"{{ queue.ready }}\"")?.tag == Tag(.str))
        #expect(try annotation("{{ queue.ready }}m")?.string == "40m")
    }

    @Test(
        "filters calculate with amounts, provide defaults, quote, indent and create UUIDs",
        arguments: [
            ("{{ resources.disk }}", "1Gi"), ("{{ resources.hdd }}", "1Gi"),
            ("{{ resources.ram|times:2 }}", "2560Mi"), ("{{ resources.cpus|plus:\"250m\" }}", "750m"),
            ("{{ resources.ram|plus:\"768Mi\" }}", "2Gi"), ("{{ pods|minus:1 }}", "39"),
            ("{{ pods|divided_by:3|round_up }}", "14"),
            ("{{ pods|at_most:10 }}", "10"), ("{{ pods|at_least:100 }}", "100"),
            ("{{ resources.cpus|times:1.5 }}", "750m"),
            ("{{ values.none|default:\"there\" }}", "there"), ("{{ pods|quote }}", "40"),
            ("{{ values.lines|indent:2 }}", "a\n  b"), ("{{ \"x\"|uuid }}", "{{ \"x\"|uuid }}"),
        ])
    func filters_giveExpectedValues(expression: String, expected: String) throws {
        let node = try annotation(expression, ["lines": "a\nb"])
        if expression.contains("uuid") {
            let first = try #require(node?.string)
            #expect(first.wholeMatch(of: /[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/) != nil)
            #expect(try annotation(expression)?.string == first, "the UUID depends on the decision")
            #expect(try annotation("{{ \"y\"|uuid }}")?.string != first)
        } else {
            #expect(node?.string == expected)
        }
        if expression.contains("quote") { #expect(node?.tag == Tag(.str)) }
    }

    @Test("several documents give several objects")
    func severalDocuments_giveSeveralObjects() throws {
        let text =
            TemplateFixture.job()
            + "\n---\n# empty\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ job.name }}-c}\ndata: {n: \"{{ pods }}\"}\n"
        let manifests = try TemplateFixture.render(text)
        #expect(manifests.map(\.kind) == ["Job", "ConfigMap"])
    }

    private static let refusals: [(String, String)] = [
        (TemplateFixture.job(annotations: "    fixed: again"), "fixed"),
        (TemplateFixture.job(annotations: "    {{ queue.name }}: 1\n    {{ queue.name }}: 2"), "main"),
        (TemplateFixture.job().replacing("restartPolicy: Never", with: "restartPolicy: OnFailure"), "restartPolicy"),
        (TemplateFixture.job().replacing("metadata: {labels: *labels}", with: "metadata: {}"), "label"),
        (TemplateFixture.job().replacing("{{ exploration.name }}", with: "mars"), "exploration"),
        (TemplateFixture.job(annotations: "    x: {{ queue.oldest }}"), "has no value"),
        (TemplateFixture.job(annotations: "    x: {{ nodes }}"), "not a single value"),
        (TemplateFixture.job(annotations: "    x: {{ pods|times:\"x\" }}"), "not a number"),
        (TemplateFixture.job(annotations: "    x: {{ pods|divided_by:0 }}"), "divided by 0"),
        (TemplateFixture.job(annotations: "    x: {{ pods|nothing }}"), "Unknown filter"),
        (TemplateFixture.job(annotations: "    x: {{ pods if pods else 1 }}"), "{% if"),
        (TemplateFixture.job(annotations: "    x: {{ }}"), "does not name a variable"),
        (TemplateFixture.job(annotations: "{% if pods %}"), "endif"),
        (TemplateFixture.job(annotations: "{% include \"/etc/passwd\" %}"), "is not available"),
        (TemplateFixture.job(annotations: "{% filter uppercase %}{{ pods }}{% endfilter %}"), "is not available"),
        (TemplateFixture.job(annotations: "    x: [{{ pods }}"), "not well-formed"),
        (TemplateFixture.job(annotations: "    x: !{{ queue.name }} y"), "not well-formed"),
        ("", "no Job"), ("a: 1", "apiVersion"), ("{{ pods }}", "mapping"),
        (TemplateFixture.job() + "\n---\n" + TemplateFixture.job(), "twice"),
        (TemplateFixture.job(annotations: "    x: \u{E000}0\u{E001}"), "U+E000"),
    ]

    @Test("an invalid template is refused with a sentence", arguments: refusals)
    func invalidTemplate_isRefused(text: String, expected: String) {
        let error = #expect(throws: TemplateError.self) { try TemplateFixture.render(text) }
        #expect("\(error!)".contains(expected), "\(error!)")
    }

    @Test("the name of a Job fits into the labels of its pods for any exploration name")
    func longExplorationName_isShortened() throws {
        let name = String(repeating: "a", count: 45) + "-bc"
        let job = try TemplateFixture.render(TemplateFixture.job(), exploration: name)[0]
        #expect(job.name.utf8.count <= 63)
        #expect(job.name.hasSuffix(TemplateFixture.decision.id))
    }

    @Test("the shipped template renders with and without optional values")
    func shippedTemplate_renders() throws {
        let file = "\(#filePath)".replacing(#/Tests/.*/#, with: "config/scaler/")
        let custom = try TemplateValues.read(file: file + "values.yaml")
        let extras: [[String: String]] = [[:], ["node_label": "cloud.google.com/gke-nodepool", "spot_taint": "spot"]]
        for extra in extras {
            let variables = TemplateFixture.variables(custom.merging(extra) { $1 })
            let job = try JobTemplate(file: file + "workers.yaml").render(variables)[0]
            let pod = try #require(try Yams.compose(yaml: job.yaml)?["spec"]?["template"]?["spec"])
            let container = try #require(pod["containers"]?[0])
            #expect(container["resources"]?["requests"]?["memory"]?.string == "1280Mi")
            #expect(container["image"]?.string == custom["model_image"])
            #expect((pod["tolerations"] == nil) == extra.isEmpty)
        }
    }
}
