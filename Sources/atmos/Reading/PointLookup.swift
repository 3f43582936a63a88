internal import ExplorationFile
internal import ParameterSpace
internal import RunLedger
internal import Support

/// Finds the point that a person means: by its code, its hash, or the first digits of its hash.
struct PointLookup {
    let definition: ExplorationDefinition
    let ledger: RunLedger

    /// What a person means.
    enum Found {
        /// A point that the ledger has.
        case known(PointHash)
        /// A point that the ledger does not have, or nothing that could be one.
        case unknown(code: Result<Point, PointError>)
        /// Several points have hashes that begin so.
        case ambiguous([PointHash])
    }

    func find(_ text: String) async throws -> Found {
        if let hash = PointHash(text), try await isKnown(hash) { return .known(hash) }
        // A code is one however it was written, so it is looked up by the hash of the point that it spells.
        let code = Result { () throws(PointError) in try definition.space.point(code: text) }
        if let point = try? code.get() {
            let hash = definition.space.hash(of: point)
            return try await isKnown(hash) ? .known(hash) : .unknown(code: code)
        }
        let hashes = try await ledger.hashes(beginning: text, in: definition.table, limit: 4).compactMap {
            PointHash(bytes: $0)
        }
        switch hashes.count {
        case 0: return .unknown(code: code)
        case 1: return .known(hashes[0])
        default: return .ambiguous(hashes)
        }
    }

    /// The point of the ledger that is meant.
    ///
    /// - Throws: ``SettingError`` where there is none, or more than one.
    func require(_ text: String) async throws -> PointHash {
        switch try await find(text) {
        case .known(let hash): return hash
        case .ambiguous(let hashes): throw Self.ambiguous(text, hashes)
        case .unknown: throw SettingError(description: "the ledger has no point '\(text)'; `atmos why` says why not")
        }
    }

    static func ambiguous(_ text: String, _ hashes: [PointHash]) -> SettingError {
        let more = hashes.count > 3 ? ", …" : ""
        return SettingError(
            description: "several points have hashes that begin '\(text)': "
                + hashes.prefix(3).map(\.description).joined(separator: ", ") + more)
    }

    private func isKnown(_ hash: PointHash) async throws -> Bool {
        try await ledger.points([hash.bytes], in: definition.table)[0] != nil
    }
}
