internal import Yams

/// One Kubernetes object as a YAML document, with its main fields.
package struct Manifest: Sendable, Hashable {
    /// `batch/v1`.
    package let apiVersion: String
    /// `Job`.
    package let kind: String
    /// The object's name. It is required, so that a repeated request does not create a second object.
    package let name: String
    /// `nil` if the document has no namespace.
    package let namespace: String?
    package let labels: [String: String]
    package let annotations: [String: String]
    /// The labels of the object's pods (`spec.template.metadata.labels`); empty without a pod template.
    package let podLabels: [String: String]
    /// The document.
    package let yaml: String

    /// Reads one document.
    ///
    /// - Throws: ``ManifestError`` for invalid YAML, a duplicate key, several documents, or a missing apiVersion, kind
    ///   or valid name.
    package init(yaml: String) throws(ManifestError) {
        let all = try Self.documents(in: yaml)
        guard all.count == 1 else {
            throw ManifestError("expected one YAML document, found \(all.count)")
        }
        self = all[0]
    }

    /// Reads all documents of a text and skips empty ones.
    ///
    /// - Throws: ``ManifestError``, which names the document.
    package static func documents(in text: String) throws(ManifestError) -> [Manifest] {
        guard text.utf8.count <= 4 << 20 else {
            throw ManifestError("the YAML is larger than 4 MiB, the limit for manifests")
        }
        var nodes: [Node] = []
        do {
            let parser = try Parser(yaml: text)
            while let node = try parser.nextRoot() { nodes.append(node) }
        } catch {
            throw ManifestError("invalid YAML: \(Self.oneLine(error))")
        }
        var manifests: [Manifest] = []
        for (index, node) in nodes.enumerated() where !node.isEmpty {
            manifests.append(try Manifest(node, place: nodes.count == 1 ? "the document" : "document \(index + 1)"))
        }
        return manifests
    }

    /// Returns the manifest with additional metadata, which replaces existing values of the same names.
    ///
    /// - Parameter owner: the object with which this one is deleted.
    /// - Throws: ``ManifestError``.
    package func addingMetadata(
        name: String? = nil, labels: [String: String] = [:], annotations: [String: String] = [:],
        owner: ObjectMetadata.Owner? = nil
    ) throws(ManifestError) -> Manifest {
        do {
            guard var root = try Yams.compose(yaml: yaml), var metadata = root["metadata"] else { return self }
            if let name { metadata["name"] = .text(name) }
            if !labels.isEmpty { metadata["labels"] = Self.merge(labels, into: metadata["labels"]) }
            if !annotations.isEmpty { metadata["annotations"] = Self.merge(annotations, into: metadata["annotations"]) }
            if let owner {
                metadata["ownerReferences"] = .sequence(
                    Node.Sequence([
                        .mapping([
                            ("apiVersion", owner.apiVersion), ("kind", owner.kind), ("name", owner.name),
                            ("uid", owner.uid),
                        ])
                    ]))
            }
            root["metadata"] = metadata
            return try Manifest(root, place: "the document")
        } catch let error as ManifestError {
            throw error
        } catch {
            throw ManifestError("invalid YAML: \(Self.oneLine(error))")
        }
    }

    private init(_ node: Node, place: String) throws(ManifestError) {
        guard node.mapping != nil else { throw ManifestError("\(place) is not a mapping") }
        guard let apiVersion = node["apiVersion"]?.string, !apiVersion.isEmpty else {
            throw ManifestError("\(place) has no apiVersion, such as batch/v1")
        }
        guard let kind = node["kind"]?.string, !kind.isEmpty else {
            throw ManifestError("\(place) has no kind, such as Job")
        }
        guard let name = node["metadata"]?["name"]?.string else {
            throw ManifestError(
                "\(place), a \(Self.excerpt(kind)), has no metadata.name; it needs one, so that a repeated request "
                    + "does not create a second object")
        }
        guard Self.isValidName(name) else {
            throw ManifestError(
                "\(place), a \(Self.excerpt(kind)), has the invalid name '\(Self.excerpt(name))'; expected up to 253 "
                    + "lower-case letters, digits, '-' and '.', beginning and ending with a letter or digit")
        }
        let namespace = node["metadata"]?["namespace"]?.string
        if let namespace, !Self.isValidName(namespace) {
            throw ManifestError(
                "\(place), the \(Self.excerpt(kind)) '\(name)', has the invalid namespace '\(Self.excerpt(namespace))'")
        }
        let text: String
        do {
            text = try Yams.serialize(node: node, width: -1, allowUnicode: true)
        } catch {
            throw ManifestError(
                "\(place), the \(Self.excerpt(kind)) '\(name)', cannot be written: \(Self.oneLine(error))")
        }
        self.apiVersion = apiVersion
        self.kind = kind
        self.name = name
        self.namespace = namespace
        labels = Self.texts(node["metadata"]?["labels"])
        annotations = Self.texts(node["metadata"]?["annotations"])
        podLabels = Self.texts(node["spec"]?["template"]?["metadata"]?["labels"])
        yaml = text
    }

    /// Returns the beginning of a text for an error, with escaped line breaks and control characters.
    package static func excerpt(_ text: String) -> String {
        let start = text.unicodeScalars.prefix(80)
        let isHidden = { (scalar: Unicode.Scalar) in
            [.control, .lineSeparator, .paragraphSeparator].contains(scalar.properties.generalCategory)
        }
        let escaped = start.map { isHidden($0) ? $0.escaped(asASCII: true) : String($0) }
        return escaped.joined() + (start.count < text.unicodeScalars.count ? "…" : "")
    }

    private static func isValidName(_ name: String) -> Bool {
        name.utf8.count <= 253 && name.wholeMatch(of: /[a-z0-9](?:[a-z0-9.\-]*[a-z0-9])?/) != nil
    }

    private static func texts(_ node: Node?) -> [String: String] {
        var texts: [String: String] = [:]
        for (key, value) in node?.mapping ?? [:] {
            if let key = key.string, let value = value.string { texts[key] = value }
        }
        return texts
    }

    private static func merge(_ new: [String: String], into node: Node?) -> Node {
        .mapping(texts(node).merging(new) { _, new in new }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
    }

    /// Returns a Yams error, which has the quoted line and a mark below it, in one line.
    private static func oneLine(_ error: any Error) -> String {
        "\(error)".split(whereSeparator: \.isNewline).map { $0.trimmingPrefix(while: \.isWhitespace) }
            .filter { !$0.isEmpty && $0 != "^" }.joined(separator: " ")
    }
}

/// The error of an invalid manifest.
package struct ManifestError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The reason and the place, in one line.
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}

extension Node {
    /// Whether the document is empty or has only comments.
    fileprivate var isEmpty: Bool {
        guard case .scalar(let scalar) = self else { return false }
        return scalar.style == .plain && ["", "~", "null"].contains(scalar.string)
    }

    /// A quoted text, which is never read as a number or a boolean.
    fileprivate static func text(_ text: String) -> Node {
        .scalar(Node.Scalar(text, Tag(.str), .doubleQuoted))
    }

    fileprivate static func mapping(_ pairs: [(String, String)]) -> Node {
        .mapping(Node.Mapping(pairs.map { (.text($0.0), .text($0.1)) }))
    }
}
