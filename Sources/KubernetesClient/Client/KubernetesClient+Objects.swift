internal import FoundationEssentials
internal import HTTPClient

/// What became of a request to create an object.
package struct Creation: Sendable, Hashable {
    /// False where an object of that name was there already: this, or somebody else, made it before.
    package let isNew: Bool
    /// What the server let pass but warns of, as a pod that breaks the namespace's security standard.
    package let warnings: [String]
}

/// How an object is deleted.
package struct Deletion: Encodable, Sendable {
    /// What happens to the objects that it owns.
    package enum Propagation: String, Encodable, Sendable {
        /// They go first; the object itself is there until they are gone.
        case foreground = "Foreground"
        /// They are deleted after it.
        case background = "Background"
        /// They stay.
        case orphan = "Orphan"
    }

    private struct Preconditions: Encodable {
        let uid: String
    }

    private let apiVersion = "v1"
    private let kind = "DeleteOptions"
    private let propagationPolicy: Propagation
    private let gracePeriodSeconds: Int?
    private let preconditions: Preconditions?

    /// - Parameters:
    ///   - grace: of pods: how many seconds they have; nil for what each asks for itself.
    ///   - uid: the one object that is meant, should there be another of the same name meanwhile.
    package init(_ propagation: Propagation, grace: Int? = nil, uid: String? = nil) {
        propagationPolicy = propagation
        gracePeriodSeconds = grace
        preconditions = uid.map { Preconditions(uid: $0) }
    }
}

extension KubernetesClient {
    /// Who writes, in an object's `managedFields`.
    static let fieldManager = "atmos-scaler"

    /// Reads one object.
    ///
    /// - Throws: ``KubernetesError``, ``KubernetesError/Code/notFound`` where there is none.
    package func get<Object: KubernetesObject>(
        _ type: Object.Type, _ name: String, in namespace: String
    ) async throws -> Object {
        let operation = Operation(verb: "show", resource: Object.resource, name: name, namespace: namespace)
        let path = Object.resource.path(namespace: namespace, name: name)
        return try decode(try await send(APIRequest(.get, path, operation: operation)), for: operation)
    }

    /// Reads one object, if it is there.
    ///
    /// - Throws: ``KubernetesError``.
    package func find<Object: KubernetesObject>(
        _ type: Object.Type, _ name: String, in namespace: String
    ) async throws -> Object? {
        do {
            return try await get(type, name, in: namespace)
        } catch let error as KubernetesError where error.code == .notFound {
            return nil
        }
    }

    /// Creates what a manifest says, with strict validation: a field that the server does not know is an error.
    ///
    /// - Parameters:
    ///   - namespace: where to, unless the manifest says it.
    ///   - dryRun: whether the server only checks it and stores nothing.
    /// - Throws: ``KubernetesError``. That an object of that name is there is none.
    package func create(_ manifest: Manifest, in namespace: String, dryRun: Bool = false) async throws -> Creation {
        let resource = try await resource(of: manifest)
        let namespace = manifest.namespace ?? namespace
        var request = APIRequest(
            .post, resource.path(namespace: namespace),
            operation: Operation(verb: "create", resource: resource, name: manifest.name, namespace: namespace))
        request.contentType = "application/yaml"
        request.body = Array(manifest.yaml.utf8)
        return try await create(request, dryRun: dryRun)
    }

    /// Creates an object that this program made itself, under the name that it has.
    ///
    /// - Throws: ``KubernetesError``. That an object of that name is there is none.
    package func create<Object: KubernetesObject>(_ object: Object, in namespace: String) async throws -> Creation {
        var request = APIRequest(
            .post, Object.resource.path(namespace: namespace),
            operation: Operation(
                verb: "create", resource: Object.resource, name: object.metadata.name, namespace: namespace))
        request.contentType = "application/json"
        request.body = Array(try JSONEncoder().encode(object))
        return try await create(request, dryRun: false)
    }

    /// Replaces an object, if it still has the version that its metadata names.
    ///
    /// - Returns: the object as it is then.
    /// - Throws: ``KubernetesError``; ``KubernetesError/Code/conflict`` where somebody else changed it meanwhile.
    package func replace<Object: KubernetesObject>(_ object: Object, in namespace: String) async throws -> Object {
        let name = object.metadata.name ?? ""
        let operation = Operation(verb: "replace", resource: Object.resource, name: name, namespace: namespace)
        var request = APIRequest(
            .put, Object.resource.path(namespace: namespace, name: name), operation: operation)
        request.query = [("fieldManager", Self.fieldManager), ("fieldValidation", "Strict")]
        request.contentType = "application/json"
        request.body = Array(try JSONEncoder().encode(object))
        return try decode(try await send(request), for: operation)
    }

    /// Changes a part of an object (a JSON merge patch, RFC 7396): what is null in the patch is taken away.
    ///
    /// - Parameter subresource: `status`, for that part.
    /// - Throws: ``KubernetesError``.
    package func patch(
        _ resource: ResourceType, _ name: String, in namespace: String, subresource: String? = nil,
        with patch: some Encodable
    ) async throws {
        var request = APIRequest(
            .patch, resource.path(namespace: namespace, name: name, subresource: subresource),
            operation: Operation(verb: "change", resource: resource, name: name, namespace: namespace))
        request.query = [("fieldManager", Self.fieldManager), ("fieldValidation", "Strict")]
        request.contentType = "application/merge-patch+json"
        request.body = Array(try JSONEncoder().encode(patch))
        _ = try await send(request)
    }

    /// Deletes an object.
    ///
    /// - Returns: false where there was none, or another one of the name.
    /// - Throws: ``KubernetesError``.
    @discardableResult
    package func delete(
        _ resource: ResourceType, _ name: String, in namespace: String, _ deletion: Deletion
    ) async throws -> Bool {
        var request = APIRequest(
            .delete, resource.path(namespace: namespace, name: name),
            operation: Operation(verb: "delete", resource: resource, name: name, namespace: namespace))
        request.contentType = "application/json"
        request.body = Array(try JSONEncoder().encode(deletion))
        do {
            _ = try await send(request)
            return true
        } catch let error as KubernetesError where error.code == .notFound || error.code == .conflict {
            return false
        }
    }

    /// Deletes all objects with certain labels.
    ///
    /// - Throws: ``KubernetesError``.
    package func deleteAll(
        _ resource: ResourceType, in namespace: String, labels: LabelSelector, _ deletion: Deletion
    ) async throws {
        precondition(!labels.text.isEmpty, "without a label this would delete everybody's objects")
        var request = APIRequest(
            .delete, resource.path(namespace: namespace),
            operation: Operation(verb: "delete", resource: resource, namespace: namespace))
        request.query = [("labelSelector", labels.text)]
        request.contentType = "application/json"
        request.body = Array(try JSONEncoder().encode(deletion))
        _ = try await send(request)
    }

    private func create(_ request: APIRequest, dryRun: Bool) async throws -> Creation {
        var request = request
        request.query = [("fieldManager", Self.fieldManager), ("fieldValidation", "Strict")]
        if dryRun { request.query.append(("dryRun", "All")) }
        do {
            let response = try await send(request)
            return Creation(isNew: true, warnings: WarningHeader.texts(of: response.head))
        } catch let error as KubernetesError where error.code == .alreadyExists {
            return Creation(isNew: false, warnings: [])
        }
    }

    /// Where the server keeps objects of a manifest's kind; asked of the server for kinds that are not known here.
    private func resource(of manifest: Manifest) async throws -> ResourceType {
        struct Resources: Decodable {
            struct Entry: Decodable {
                let name: String
                let kind: String
                let namespaced: Bool
            }
            let resources: [Entry]
        }
        let isIt = { (kind: String, apiVersion: String) in kind == manifest.kind && apiVersion == manifest.apiVersion }
        if let known = ResourceType.known.first(where: { isIt($0.kind, $0.apiVersion) }) { return known }
        let operation = Operation(verb: "tell what kinds '\(manifest.apiVersion)' has", resource: nil)
        let found: Resources = try decode(
            try await send(APIRequest(.get, ResourceType.root(of: manifest.apiVersion), operation: operation)),
            for: operation)
        // A name with a slash is a part of another: `pods/status`.
        guard let entry = found.resources.first(where: { $0.kind == manifest.kind && !$0.name.contains("/") }) else {
            throw KubernetesError(
                .notFound,
                "The API server \(configuration.server) has no kind '\(manifest.kind)' in '\(manifest.apiVersion)', which the "
                    + "manifest of '\(manifest.name)' asks for; correct its kind or apiVersion, or install what defines it."
            )
        }
        return ResourceType(
            apiVersion: manifest.apiVersion, kind: entry.kind, plural: entry.name, isNamespaced: entry.namespaced)
    }
}
