internal import FoundationEssentials
internal import HTTPClient
internal import Logging

/// What a watch tells.
package enum WatchEvent<Object: KubernetesObject>: Sendable {
    /// All there is, at the beginning and whenever the server had forgotten where the watch was.
    case listed([Object])
    /// A new object, or a changed one.
    case changed(Object)
    /// The last that was known of an object that is gone.
    case deleted(Object)
}

extension KubernetesClient {
    /// Follows objects: lists them, then tells of each change, through broken connections and a server that forgot.
    ///
    /// A watch goes on at the version where it stopped; where the server has forgotten that version (410), all objects
    /// are listed anew.
    ///
    /// - Parameter body: is told of each event, in order; false ends it.
    /// - Throws: ``KubernetesError`` other than those that pass, what `body` throws, or `CancellationError`.
    package func follow<Object: KubernetesObject>(
        _ type: Object.Type, in namespace: String, labels: LabelSelector? = nil,
        _ body: (WatchEvent<Object>) async throws -> Bool
    ) async throws {
        var version: String?
        var failures = 0
        while true {
            try Task.checkCancellation()
            do {
                if version == nil {
                    let list = try await list(type, in: namespace, labels: labels)
                    version = list.resourceVersion
                    guard try await body(.listed(list.items)) else { return }
                }
                let goesOn = try await watch(type, in: namespace, labels: labels, from: &version) { event in
                    failures = 0
                    return try await body(event)
                }
                guard goesOn else { return }
                failures = 0
            } catch let error as KubernetesError where error.code == .expired {
                version = nil
            } catch let error as KubernetesError where error.isTransient || error.code == .unauthorized && failures == 0
            {
                failures += 1
                logger.debug("a watch broke; going on", metadata: ["error": "\(error)"])
                try await Task.sleep(for: .milliseconds(100) * (1 << min(failures, 7)) * Double.random(in: 0.5...1))
            }
        }
    }

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

    private struct Refusal: Decodable {
        let object: Status
    }

    /// One watch, for as long as the server lets it last.
    ///
    /// - Parameter version: where it begins, and afterwards where the next one goes on.
    /// - Returns: false when `body` did not want to hear more.
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

    /// What a line of a watch says, and which version of the objects it leads to.
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
                let status = try decoder.decode(Refusal.self, from: data).object
                throw KubernetesError(status, to: operation, server: configuration.server)
            // A bookmark only says how far the watch has come.
            default: return (nil, version)
            }
        } catch is DecodingError {
            throw KubernetesError(
                .unexpectedAnswer,
                "\(configuration.server), asked to \(operation.phrase), sent a line that is no event of a Kubernetes watch."
            )
        }
    }
}
