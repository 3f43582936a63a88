internal import HTTPClient

/// Objects as they were at one moment.
package struct ObjectList<Object: KubernetesObject>: Sendable {
    package let items: [Object]
    /// The moment: what a watch goes on from.
    package let resourceVersion: String
}

extension KubernetesClient {
    private struct Page<Object: KubernetesObject>: Decodable {
        struct Metadata: Decodable {
            let resourceVersion: String?
            let `continue`: String?
        }

        let metadata: Metadata
        let items: [Object]?
    }

    /// Lists objects, page by page; all pages show the same moment.
    ///
    /// - Parameters:
    ///   - labels: which; nil for all.
    ///   - fields: which, by the few fields that the server allows: `reason=FailedCreate`.
    ///   - pageSize: how many objects the server sends at once.
    /// - Throws: ``KubernetesError``.
    package func list<Object: KubernetesObject>(
        _ type: Object.Type, in namespace: String, labels: LabelSelector? = nil, fields: String? = nil,
        pageSize: Int = 200
    ) async throws -> ObjectList<Object> {
        // A list that takes the server longer than it remembers begins anew.
        for _ in 0..<2 {
            do {
                return try await listOnce(type, in: namespace, labels: labels, fields: fields, pageSize: pageSize)
            } catch let error as KubernetesError where error.code == .expired {
                continue
            }
        }
        return try await listOnce(type, in: namespace, labels: labels, fields: fields, pageSize: pageSize)
    }

    private func listOnce<Object: KubernetesObject>(
        _ type: Object.Type, in namespace: String, labels: LabelSelector?, fields: String?, pageSize: Int
    ) async throws -> ObjectList<Object> {
        let operation = Operation(verb: "list", resource: Object.resource, namespace: namespace)
        var items: [Object] = []
        var token: String?
        while true {
            var request = APIRequest(.get, Object.resource.path(namespace: namespace), operation: operation)
            request.query = [("limit", "\(pageSize)")]
            if let labels { request.query.append(("labelSelector", labels.text)) }
            if let fields { request.query.append(("fieldSelector", fields)) }
            if let token { request.query.append(("continue", token)) }
            let page: Page<Object> = try decode(try await send(request), for: operation)
            items += page.items ?? []
            token = page.metadata.continue.flatMap { $0.isEmpty ? nil : $0 }
            if token == nil {
                return ObjectList(items: items, resourceVersion: page.metadata.resourceVersion ?? "")
            }
        }
    }
}
