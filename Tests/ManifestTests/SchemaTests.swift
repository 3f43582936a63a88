import FoundationEssentials
import Subprocess
import SystemPackage
import TestSupport
import Testing

/// Kubernetes' own schemas, from PyPI's kubernetes-validate.
@Suite(
    .enabled(if: Kustomize.isAvailable, "\(Kustomize.absence)"),
    .enabled(if: PythonServer.isAvailable, "\(PythonServer.unavailableReason)"), .onDedicatedThread)
struct SchemaTests {
    private static let python = Kustomize.root.appending(".build").appending("python").appending("bin").appending(
        "python")
    private static let script = FilePath(#filePath).removingLastComponent().appending("validate.py")

    /// The faults that the schemas of some versions find, a line each.
    private func faults(in text: String, versions: [String] = ["1.30", "newest"]) async throws -> [String] {
        let result = try await Subprocess.run(
            .path(Self.python), arguments: Arguments([Self.script.string] + versions), input: .string(text),
            output: .string(limit: 1 << 20), error: .string(limit: 1 << 16))
        let report = result.standardError
        #expect(result.terminationStatus.isSuccess, "\(report)")
        // It says for each version how many objects it has looked at.
        #expect(report.split(separator: "\n").filter { $0.hasSuffix(" objects") }.count == versions.count, "\(report)")
        return result.standardOutput.split(separator: "\n").map(String.init)
    }

    @Test(
        "every overlay, with what is made to be put over it, is valid for Kubernetes 1.30 and for the newest one known")
    func valid() async throws {
        var texts: [String] = []
        for variant in Kustomize.variants { texts.append(try await Kustomize.text(of: variant)) }
        #expect(try await faults(in: texts.joined(separator: "---\n")) == [])
    }

    @Test("a misspelt field, a wrong type and an unknown kind are found")
    func invalid() async throws {
        let text = """
            {apiVersion: v1, kind: Service, metadata: {name: a}, spec: {ports: [{prot: 1, port: 1}]}}
            ---
            {apiVersion: batch/v1, kind: Job, metadata: {name: b}, spec: {parallelism: four, template: {spec: {}}}}
            ---
            {apiVersion: keda.sh/v1alpha1, kind: ScaledJob, metadata: {name: c}, spec: {jobTargetRef: {backofLimit: 1,
              template: {spec: {containers: []}}}}}
            ---
            {apiVersion: v1, kind: Servise, metadata: {name: d}}
            """
        let faults = try await faults(in: text, versions: ["1.30"])
        for name in ["Service/a", "Job/b", "ScaledJob/c", "Servise/d"] {
            #expect(faults.contains { $0.contains(name.replacing("ScaledJob", with: "Job")) }, "\(name): \(faults)")
        }
    }
}
