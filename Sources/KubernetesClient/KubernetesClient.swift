internal import FoundationEssentials
package import HTTPClient
package import Logging
internal import Support

/// A client of a Kubernetes API server.
///
/// - Every request is idempotent: objects are created under given names, changes are merge patches or name the version
///   that they change. So requests without a response, or with 429 or 5xx, are retried, after the server's
///   `Retry-After` if set.
/// - Credentials that the server rejects are refreshed, once for each request.
/// - Failures are ``KubernetesError``s; cancelling the task throws `CancellationError`.
package struct KubernetesClient: Sendable {
    /// The server's address and the credentials.
    package let configuration: KubernetesConfiguration
    package let logger: Logger

    private let http: HTTPClient
    private let retries: RetryPolicy
    private let fieldManager: String
    private let credentials: RefreshingSecret<Credential>

    /// Creates a client without sending a request.
    ///
    /// - Parameters:
    ///   - retries: the retries of transient failures.
    ///   - fieldManager: the writer's name in the `managedFields` of objects.
    package init(
        _ configuration: KubernetesConfiguration, retries: RetryPolicy = RetryPolicy(),
        fieldManager: String = "atmos-explorer", logger: Logger
    ) {
        self.configuration = configuration
        self.logger = logger
        self.retries = retries
        self.fieldManager = fieldManager
        http = HTTPClient()
        credentials = RefreshingSecret { try await configuration.credentials.load(for: configuration) }
    }

    /// The namespace of the configuration, else `default`.
    package var defaultNamespace: String { configuration.namespace ?? "default" }

    /// Returns the server's version. This needs no permissions.
    package func version() async throws -> ServerVersion {
        let operation = Operation(verb: "return its version", resource: nil)
        return try decode(try await send(APIRequest(.get, "/version", operation: operation)), for: operation)
    }

    /// Sends a request with retries.
    ///
    /// - Returns: a successful response.
    func send(_ request: APIRequest) async throws -> HTTPResponse {
        var isRefreshed = false
        while true {
            let current = try await credentials.current()
            let prepared = prepared(request, as: current.value)
            let response: HTTPResponse
            do {
                response = try await retries.run { try await http.send(prepared, bodyLimit: Self.bodyLimit) }
            } catch let error as HTTPError {
                throw failure(error, request.operation)
            }
            if response.isSuccess { return response }
            if response.status == 401, !isRefreshed, configuration.credentials.canBeRenewed {
                isRefreshed = true
                await credentials.invalidate(current.generation)
                continue
            }
            throw KubernetesError(response, to: request.operation, server: configuration.server)
        }
    }

    /// Opens the stream of a watch, without retries.
    func stream<Value>(
        _ request: APIRequest, _ body: (HTTPBodyStream) async throws -> Value
    ) async throws -> Value {
        let current = try await credentials.current()
        var prepared = prepared(request, as: current.value)
        // The server ends a watch earlier, so a longer silence means that the connection is dead.
        prepared.limits.silence = .seconds(90)
        do {
            return try await http.withResponse(to: prepared) { head, stream in
                guard head.isSuccess else {
                    var bytes: [UInt8] = []
                    for try await chunk in stream where bytes.count < 1 << 20 { bytes += chunk }
                    if head.status == 401 { await credentials.invalidate(current.generation) }
                    throw KubernetesError(
                        HTTPResponse(head: head, body: bytes), to: request.operation, server: configuration.server)
                }
                return try await body(stream)
            }
        } catch let error as HTTPError {
            throw failure(error, request.operation)
        }
    }

    /// Decodes a successful response.
    func decode<Value: Decodable>(_ response: HTTPResponse, for operation: Operation) throws -> Value {
        do {
            return try JSONDecoder().decode(Value.self, from: Data(response.body))
        } catch {
            throw KubernetesError(
                .unexpectedAnswer,
                "\(configuration.server) did not \(operation.phrase): its response is not one of a Kubernetes API "
                    + "server; check the server's address")
        }
    }

    /// Large enough for long lists of pods.
    private static let bodyLimit = 64 << 20

    private func prepared(_ request: APIRequest, as credential: Credential) -> HTTPRequest {
        var url = configuration.server + request.path
        if !request.query.isEmpty { url += "?\(PercentEncoding.query(request.query))" }
        var prepared = HTTPRequest(request.method, url, body: request.body.map { .bytes($0) })
        prepared.headers["Accept"] = "application/json"
        prepared.headers["User-Agent"] = "atmos-explorer"
        if let type = request.contentType { prepared.headers["Content-Type"] = type }
        if let token = credential.token { prepared.headers["Authorization"] = "Bearer \(token)" }
        if let user = configuration.impersonation?.user { prepared.headers["Impersonate-User"] = user }
        for group in configuration.impersonation?.groups ?? [] { prepared.headers.add("Impersonate-Group", group) }
        prepared.tls = configuration.tls
        if let certificate = credential.certificate { prepared.tls.certificate = certificate }
        if let key = credential.privateKey { prepared.tls.privateKey = key }
        prepared.proxy = configuration.proxy
        return prepared
    }

    private func failure(_ error: HTTPError, _ operation: Operation) -> KubernetesError {
        let code: KubernetesError.Code = error.isTransient ? .unreachable : .connection
        return KubernetesError(
            code, "cannot ask the API server to \(operation.phrase) (\(configuration.origin)): \(error.message)"
        )
    }
}

/// The result of a request to create an object.
package struct CreationResult: Sendable, Hashable {
    /// False if an object of this name existed, created by an earlier attempt or another client.
    package let isNew: Bool
    /// The server's warnings, for example about a pod that violates the namespace's security standard.
    package let warnings: [String]
}

/// The options for deleting an object.
package struct DeleteOptions: Encodable, Sendable {
    /// The deletion of dependent objects.
    package enum Propagation: String, Encodable, Sendable {
        /// Dependents are deleted first; the object exists until then.
        case foreground = "Foreground"
        /// Dependents are deleted after the object.
        case background = "Background"
        /// Dependents are kept.
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
    ///   - grace: the grace period of pods in seconds; `nil` for that of each pod.
    ///   - uid: the object's unique ID, to protect a newer object of the same name.
    package init(_ propagation: Propagation, grace: Int? = nil, uid: String? = nil) {
        propagationPolicy = propagation
        gracePeriodSeconds = grace
        preconditions = uid.map { Preconditions(uid: $0) }
    }
}

extension KubernetesClient {
    /// Returns one object.
    ///
    /// - Throws: ``KubernetesError``, with the code ``KubernetesError/Code/notFound`` if it does not exist.
    package func get<Object: KubernetesObject>(
        _ type: Object.Type, _ name: String, in namespace: String
    ) async throws -> Object {
        let operation = Operation(verb: "show", resource: Object.resource, name: name, namespace: namespace)
        let path = Object.resource.path(namespace: namespace, name: name)
        return try decode(try await send(APIRequest(.get, path, operation: operation)), for: operation)
    }

    /// Returns one object; `nil` if it does not exist.
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

    /// Creates an object from a manifest, with strict validation: an unknown field is an error.
    ///
    /// An existing object of the same name is not an error; see ``CreationResult/isNew``.
    ///
    /// - Parameters:
    ///   - namespace: the namespace if the manifest has none.
    ///   - dryRun: whether the server only checks the manifest.
    /// - Throws: ``KubernetesError``.
    package func create(_ manifest: Manifest, in namespace: String, dryRun: Bool = false) async throws -> CreationResult
    {
        let resource = try await resource(of: manifest)
        let namespace = manifest.namespace ?? namespace
        var request = APIRequest(
            .post, resource.path(namespace: namespace),
            operation: Operation(verb: "create", resource: resource, name: manifest.name, namespace: namespace))
        request.contentType = "application/yaml"
        request.body = Array(manifest.yaml.utf8)
        return try await create(request, dryRun: dryRun)
    }

    /// Creates an object.
    ///
    /// An existing object of the same name is not an error; see ``CreationResult/isNew``.
    ///
    /// - Throws: ``KubernetesError``.
    package func create<Object: KubernetesObject>(_ object: Object, in namespace: String) async throws -> CreationResult
    {
        var request = APIRequest(
            .post, Object.resource.path(namespace: namespace),
            operation: Operation(
                verb: "create", resource: Object.resource, name: object.metadata.name, namespace: namespace))
        request.contentType = "application/json"
        request.body = Array(try JSONEncoder().encode(object))
        return try await create(request, dryRun: false)
    }

    /// Replaces an object if it still has the version in its metadata.
    ///
    /// - Returns: the new object.
    /// - Throws: ``KubernetesError``, with the code ``KubernetesError/Code/conflict`` if another client changed the
    ///   object.
    package func replace<Object: KubernetesObject>(_ object: Object, in namespace: String) async throws -> Object {
        let name = object.metadata.name ?? ""
        let operation = Operation(verb: "replace", resource: Object.resource, name: name, namespace: namespace)
        var request = APIRequest(
            .put, Object.resource.path(namespace: namespace, name: name), operation: operation)
        request.query = [("fieldManager", fieldManager), ("fieldValidation", "Strict")]
        request.contentType = "application/json"
        request.body = Array(try JSONEncoder().encode(object))
        return try decode(try await send(request), for: operation)
    }

    /// Changes a part of an object with a JSON merge patch (RFC 7396), in which null removes a field.
    ///
    /// - Parameter subresource: `status` to change the status.
    /// - Throws: ``KubernetesError``.
    package func patch(
        _ resource: ResourceType, _ name: String, in namespace: String, subresource: String? = nil,
        with patch: some Encodable
    ) async throws {
        var request = APIRequest(
            .patch, resource.path(namespace: namespace, name: name, subresource: subresource),
            operation: Operation(verb: "change", resource: resource, name: name, namespace: namespace))
        request.query = [("fieldManager", fieldManager), ("fieldValidation", "Strict")]
        request.contentType = "application/merge-patch+json"
        request.body = Array(try JSONEncoder().encode(patch))
        _ = try await send(request)
    }

    /// Deletes an object.
    ///
    /// - Returns: false if it does not exist, or another object has its name.
    /// - Throws: ``KubernetesError``.
    @discardableResult
    package func delete(
        _ resource: ResourceType, _ name: String, in namespace: String, _ deletion: DeleteOptions
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

    /// Deletes all objects with the given labels.
    ///
    /// - Throws: ``KubernetesError``.
    package func deleteAll(
        _ resource: ResourceType, in namespace: String, labels: LabelSelector, _ deletion: DeleteOptions
    ) async throws {
        precondition(!labels.text.isEmpty, "without a label this would delete all objects in the namespace")
        var request = APIRequest(
            .delete, resource.path(namespace: namespace),
            operation: Operation(verb: "delete", resource: resource, namespace: namespace))
        request.query = [("labelSelector", labels.text)]
        request.contentType = "application/json"
        request.body = Array(try JSONEncoder().encode(deletion))
        _ = try await send(request)
    }

    private func create(_ request: APIRequest, dryRun: Bool) async throws -> CreationResult {
        var request = request
        request.query = [("fieldManager", fieldManager), ("fieldValidation", "Strict")]
        if dryRun { request.query.append(("dryRun", "All")) }
        do {
            let response = try await send(request)
            return CreationResult(isNew: true, warnings: WarningHeader.texts(of: response.head))
        } catch let error as KubernetesError where error.code == .alreadyExists {
            return CreationResult(isNew: false, warnings: [])
        }
    }

    /// Returns the type of a manifest's object. Asks the server about kinds that are unknown here.
    private func resource(of manifest: Manifest) async throws -> ResourceType {
        struct Resources: Decodable {
            struct Entry: Decodable {
                let name: String
                let kind: String
                let namespaced: Bool
            }
            let resources: [Entry]
        }
        let known = ResourceType.known.first { $0.kind == manifest.kind && $0.apiVersion == manifest.apiVersion }
        if let known { return known }
        let operation = Operation(verb: "list the kinds of '\(manifest.apiVersion)'", resource: nil)
        let found: Resources = try decode(
            try await send(APIRequest(.get, ResourceType.root(of: manifest.apiVersion), operation: operation)),
            for: operation)
        // A name with a slash is a subresource: `pods/status`.
        guard let entry = found.resources.first(where: { $0.kind == manifest.kind && !$0.name.contains("/") }) else {
            throw KubernetesError(
                .notFound,
                "the API server \(configuration.server) has no kind '\(manifest.kind)' in '\(manifest.apiVersion)', as "
                    + "in the manifest of '\(manifest.name)'; correct kind and apiVersion, or install the definition")
        }
        return ResourceType(
            apiVersion: manifest.apiVersion, kind: entry.kind, plural: entry.name, isNamespaced: entry.namespaced)
    }
}

/// A consistent list of objects.
package struct ObjectList<Object: KubernetesObject>: Sendable {
    package let items: [Object]
    /// The version of the list, from which a watch can continue.
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

    /// Lists objects in pages of the same version.
    ///
    /// - Parameters:
    ///   - labels: the labels of the objects; `nil` for all.
    ///   - fields: a selector with the few fields that the server supports, such as `reason=FailedCreate`.
    ///   - pageSize: the number of objects per response.
    /// - Throws: ``KubernetesError``.
    package func list<Object: KubernetesObject>(
        _ type: Object.Type, in namespace: String, labels: LabelSelector? = nil, fields: String? = nil,
        pageSize: Int = 200
    ) async throws -> ObjectList<Object> {
        // If the server no longer has the version of the list, the list starts again.
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

/// An event of a watch.
package enum WatchEvent<Object: KubernetesObject>: Sendable {
    /// All objects: at the beginning, and after the server no longer had the version of the watch.
    case listed([Object])
    /// A new or changed object.
    case changed(Object)
    /// The last state of a deleted object.
    case deleted(Object)
}

extension KubernetesClient {
    /// Lists objects and then reports each change, across broken connections.
    ///
    /// A watch resumes at its last version. If the server no longer has that version (410), all objects are listed
    /// again.
    ///
    /// - Parameter body: receives the events one after the other; returns false to stop.
    /// - Throws: ``KubernetesError`` unless it is transient, the error of `body`, or `CancellationError`.
    package func follow<Object: KubernetesObject>(
        _ type: Object.Type, in namespace: String, labels: LabelSelector? = nil,
        _ body: (WatchEvent<Object>) async throws -> Bool
    ) async throws {
        var version: String?
        var retries = Backoff.Counter(Self.watchBackoff)
        while true {
            try Task.checkCancellation()
            do {
                if version == nil {
                    let list = try await list(type, in: namespace, labels: labels)
                    version = list.resourceVersion
                    guard try await body(.listed(list.items)) else { return }
                }
                let continues = try await watch(type, in: namespace, labels: labels, from: &version) { event in
                    retries.reset()
                    return try await body(event)
                }
                guard continues else { return }
                retries.reset()
            } catch let error as KubernetesError where error.code == .expired {
                version = nil
            } catch let error as KubernetesError
                where error.isTransient || error.code == .unauthorized && retries.failures == 0
            {
                logger.debug("watch interrupted; resuming", metadata: ["error": "\(error)"])
                try await Task.sleep(for: retries.next())
            }
        }
    }

    private static let watchBackoff = Backoff(base: .milliseconds(200), cap: .seconds(13), jitter: .partial)

    private struct Change<Object: KubernetesObject>: Decodable {
        let type: String
        let object: Object
    }

    private struct Kind: Decodable {
        struct Object: Decodable {
            struct Metadata: Decodable { let resourceVersion: String? }
            let metadata: Metadata?
        }

        let type: String
        let object: Object
    }

    private struct ErrorEvent: Decodable {
        let object: Status
    }

    /// Runs one watch until the server ends it.
    ///
    /// - Parameter version: the first version; afterwards the version for the next watch.
    /// - Returns: false if `body` stopped the watch.
    private func watch<Object: KubernetesObject>(
        _ type: Object.Type, in namespace: String, labels: LabelSelector?, from version: inout String?,
        _ body: (WatchEvent<Object>) async throws -> Bool
    ) async throws -> Bool {
        let operation = Operation(verb: "watch", resource: Object.resource, namespace: namespace)
        var request = APIRequest(.get, Object.resource.path(namespace: namespace), operation: operation)
        request.query = [
            ("watch", "true"), ("allowWatchBookmarks", "true"), ("resourceVersion", version ?? "0"),
            ("timeoutSeconds", "60"),
        ]
        if let labels { request.query.append(("labelSelector", labels.text)) }
        var reached = version
        defer { version = reached }
        return try await stream(request) { stream in
            var lines = LineSplitter()
            for try await chunk in stream {
                for line in lines.add(chunk) {
                    let (event, at): (WatchEvent<Object>?, String?) = try read(line, for: operation)
                    if let at { reached = at }
                    if let event, try await body(event) == false { return false }
                }
            }
            return true
        }
    }

    /// Returns the event in a line of a watch, and its version.
    private func read<Object: KubernetesObject>(
        _ line: [UInt8], for operation: Operation
    ) throws -> (WatchEvent<Object>?, String?) {
        let data = Data(line)
        let decoder = JSONDecoder()
        do {
            let kind = try decoder.decode(Kind.self, from: data)
            let version = kind.object.metadata?.resourceVersion
            switch kind.type {
            case "ADDED", "MODIFIED": return (.changed(try decoder.decode(Change.self, from: data).object), version)
            case "DELETED": return (.deleted(try decoder.decode(Change.self, from: data).object), version)
            case "ERROR":
                let status = try decoder.decode(ErrorEvent.self, from: data).object
                throw KubernetesError(status, to: operation, server: configuration.server)
            // A bookmark has only a version.
            default: return (nil, version)
            }
        } catch is DecodingError {
            throw KubernetesError(
                .unexpectedAnswer,
                "\(configuration.server) did not \(operation.phrase): it sent a line that is not a watch event")
        }
    }
}
