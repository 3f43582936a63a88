/// An image on this machine.
package struct ContainerImage: Sendable, Hashable {
    /// How the exploration names it.
    package let reference: String

    /// What the engine knows it by, whatever becomes of its tags.
    package let id: String

    /// `sha256:` and 64 hexadecimal digits: of the image's manifest, as a registry knows it; of an image that never saw
    /// one and has no such digest, the image's own.
    package let digest: String

    /// Finds an image on this machine; pulls it where it is not.
    ///
    /// - Throws: ``ModelFailure`` of kind ``ModelFailure/Kind/runtime`` where the engine cannot provide it.
    package static func resolve(_ reference: String, by engine: ContainerEngine) async throws(ModelFailure)
        -> ContainerImage
    {
        let inspection = ["image", "inspect", "--format", "{{.Id}} {{json .RepoDigests}}", reference]
        let text: String
        do {
            text = try await engine.command(inspection, purpose: "find the image '\(reference)'")
        } catch {
            try await engine.command(
                ["pull", "--quiet", reference], purpose: "pull the image '\(reference)'", timeLimit: .seconds(3600))
            text = try await engine.command(inspection, purpose: "find the image '\(reference)'")
        }
        guard let image = ContainerImage(reference: reference, inspection: text) else {
            throw ModelFailure(
                kind: .runtime, message: "\(engine.kind) describes the image '\(reference)' in an unknown way: \(text)")
        }
        return image
    }

    /// Reads what the engine says of an image: its id, and a JSON list of `REPOSITORY@sha256:…`.
    init?(reference: String, inspection: String) {
        let parts = inspection.split(maxSplits: 1, whereSeparator: \.isWhitespace)
        guard parts.count == 2, case .array(let entries)? = try? JSONReader.read(Array(parts[1].utf8)) else {
            guard parts.count == 2, parts[1].hasPrefix("null"), Self.isDigits(parts[0]) else { return nil }
            self.init(reference: reference, id: String(parts[0]), digests: [])
            return
        }
        guard Self.isDigits(parts[0]) else { return nil }
        let digests = entries.compactMap { entry -> String? in
            if case .string(let text) = entry { text } else { nil }
        }
        self.init(reference: reference, id: String(parts[0]), digests: digests)
    }

    private init(reference: String, id: String, digests: [String]) {
        self.reference = reference
        self.id = id
        let known = digests.compactMap { text -> (repository: Substring, digest: Substring)? in
            guard let at = text.lastIndex(of: "@") else { return nil }
            return (text[..<at], text[text.index(after: at)...])
        }
        let own = known.first { reference.hasPrefix($0.repository) } ?? known.first
        digest = own.map { String($0.digest) } ?? (id.hasPrefix("sha256:") ? id : "sha256:\(id)")
    }

    private static func isDigits(_ id: Substring) -> Bool {
        let digits = id.hasPrefix("sha256:") ? id.dropFirst("sha256:".count) : id
        return digits.utf8.count == 64 && digits.allSatisfy(\.isHexDigit)
    }
}
