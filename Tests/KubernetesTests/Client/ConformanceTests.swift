import FoundationEssentials
import TestSupport
import Testing

@testable import KubernetesClient

/// The same against the small API server and, where there is one, a real one.
struct ConformanceTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let isClusterGiven = environment["ATMOS_TEST_CLUSTER"] == "1" && environment["KUBECONFIG"] != nil

    @Test(
        "the small API server",
        .enabled(if: PythonServer.isAvailable, "\(PythonServer.absence)"), arguments: Conformance.all)
    func small(_ check: Conformance) async throws {
        let (client, namespace) = try await SmallServer.shared().place()
        try await check.body(client, namespace)
    }

    @Test(
        "a real API server",
        .enabled(
            if: isClusterGiven, "no cluster to test with; KUBECONFIG and ATMOS_TEST_CLUSTER=1 say that there is one"),
        arguments: Conformance.all)
    func real(_ check: Conformance) async throws {
        let client = KubernetesClient(try KubernetesConfiguration.load(), logger: SmallServer.logger)
        let namespace = try await SmallServer.makeNamespace(client)
        let namespaces = ResourceType(apiVersion: "v1", kind: "Namespace", plural: "namespaces", isNamespaced: false)
        do {
            try await check.body(client, namespace)
        } catch {
            try await client.delete(namespaces, namespace, in: "", Deletion(.background))
            throw error
        }
        try await client.delete(namespaces, namespace, in: "", Deletion(.background))
    }
}
