internal import Yams

/// One Kubernetes object as a YAML document: what the API server is sent, and as much of it as is of interest here.
package struct Manifest: Sendable, Hashable {
    /// `batch/v1`.
    package let apiVersion: String
    /// `Job`.
    package let kind: String
    /// The object's name; every object here has one, so that making it twice is told apart from making two.
    package let name: String
    /// Nil where the document leaves it to whoever creates the object.
    package let namespace: String?
    package let labels: [String: String]
    package let annotations: [String: String]
    /// The labels of the pods that the object makes (`spec.template.metadata.labels`); empty where it makes none.
    package let podLabels: [String: String]
    /// The document.
    package let yaml: String

    /// Reads one document.
    ///
    /// - Throws: ``ManifestError`` for what is no YAML, for a key that is there twice in one mapping, for several
    ///   documents, and where apiVersion, kind or a usable name is missing.
    package init(yaml: String) throws(ManifestError) {
        let all = try Self.documents(in: yaml)
        guard all.count == 1 else {
            throw ManifestError("There are \(all.count) YAML documents where one object is expected.")
        }
        self = all[0]
    }

    /// Reads all documents of a text; empty ones do not count.
    ///
    /// - Throws: ``ManifestError``, which says which document is meant.
    package static func documents(in text: String) throws(ManifestError) -> [Manifest] {
        guard text.utf8.count <= 4 << 20 else {
            throw ManifestError("The YAML is larger than 4 MiB, more than an object may be; is it a manifest?")
        }
        var nodes: [Node] = []
        do {
            let parser = try Parser(yaml: text)
            while let node = try parser.nextRoot() { nodes.append(node) }
        } catch {
            throw ManifestError("The YAML cannot be read: \(Self.oneLine(error)).")
        }
        var manifests: [Manifest] = []
        for (index, node) in nodes.enumerated() where !node.isEmpty {
            manifests.append(try Manifest(node, place: nodes.count == 1 ? "The document" : "Document \(index + 1)"))
        }
        return manifests
    }

    /// The same with more in its metadata; what is there already under those names is replaced.
    ///
    /// - Parameter owner: with whom it is to be deleted.
    /// - Throws: ``ManifestError``.
    package func stamped(
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
            return try Manifest(root, place: "The document")
        } catch let error as ManifestError {
            throw error
        } catch {
            throw ManifestError("The YAML cannot be read: \(Self.oneLine(error)).")
        }
    }

    private init(_ node: Node, place: String) throws(ManifestError) {
        guard node.mapping != nil else { throw ManifestError("\(place) is no mapping of keys to values.") }
        guard let apiVersion = node["apiVersion"]?.string, !apiVersion.isEmpty else {
            throw ManifestError("\(place) has no apiVersion, such as batch/v1.")
        }
        guard let kind = node["kind"]?.string, !kind.isEmpty else {
            throw ManifestError("\(place) has no kind, such as Job.")
        }
        guard let name = node["metadata"]?["name"]?.string else {
            throw ManifestError(
                "\(place), a \(Self.shown(kind)), has no metadata.name; it needs one, so that a repetition is no second "
                    + "object.")
        }
        guard Self.isUsable(name) else {
            throw ManifestError(
                "\(place), a \(Self.shown(kind)), is named '\(Self.shown(name))'; a name has up to 253 lower-case letters, digits, '-' and '.', "
                    + "and begins and ends with a letter or digit.")
        }
        let namespace = node["metadata"]?["namespace"]?.string
        if let namespace, !Self.isUsable(namespace) {
            throw ManifestError(
                "\(place), the \(Self.shown(kind)) '\(name)', is in the namespace '\(Self.shown(namespace))', which is "
                    + "no name.")
        }
        let text: String
        do {
            text = try Yams.serialize(node: node, width: -1, allowUnicode: true)
        } catch {
            throw ManifestError(
                "\(place), the \(Self.shown(kind)) '\(name)', cannot be written: \(Self.oneLine(error)).")
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

    /// A text of an object in a sentence about it: its beginning, without ends of lines and other characters of control.
    package static func shown(_ text: String) -> String {
        let start = text.unicodeScalars.prefix(80)
        let isHidden = { (scalar: Unicode.Scalar) in
            [.control, .lineSeparator, .paragraphSeparator].contains(scalar.properties.generalCategory)
        }
        let escaped = start.map { isHidden($0) ? $0.escaped(asASCII: true) : String($0) }
        return escaped.joined() + (start.count < text.unicodeScalars.count ? "…" : "")
    }

    private static func isUsable(_ name: String) -> Bool {
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

    /// An error of Yams is a message with the line and a mark under it.
    private static func oneLine(_ error: any Error) -> String {
        "\(error)".split(whereSeparator: \.isNewline).map { $0.trimmingPrefix(while: \.isWhitespace) }
            .filter { !$0.isEmpty && $0 != "^" }.joined(separator: " ")
    }
}

/// Why a manifest cannot be used.
package struct ManifestError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong, and where; one sentence.
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}

extension Node {
    /// Whether it is a document of which nothing but comments is left.
    fileprivate var isEmpty: Bool {
        guard case .scalar(let scalar) = self else { return false }
        return scalar.style == .plain && ["", "~", "null"].contains(scalar.string)
    }

    /// A text that no reader takes for a number or a boolean.
    fileprivate static func text(_ text: String) -> Node {
        .scalar(Node.Scalar(text, Tag(.str), .doubleQuoted))
    }

    fileprivate static func mapping(_ pairs: [(String, String)]) -> Node {
        .mapping(Node.Mapping(pairs.map { (.text($0.0), .text($0.1)) }))
    }
}
