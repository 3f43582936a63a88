internal import ExplorationFile
internal import ParameterSpace
internal import RunLedger
internal import Support

/// Finds a point by its code, its hash, or the first digits of its hash.
struct PointLookup {
    let definition: ExplorationDefinition
    let ledger: RunLedger

    enum Found {
        /// A point that the ledger has.
        case known(PointHash)
        /// A point that the ledger does not have, or the reason why the text is not a point's code.
        case unknown(code: Result<Point, PointError>)
        /// Several points, whose hashes start with the given digits.
        case ambiguous([PointHash])
    }

    func find(_ text: String) async throws -> Found {
        if let hash = PointHash(text), try await isKnown(hash) { return .known(hash) }
        // The hash of the point is looked up, since a code may be written in several ways.
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

    static func ambiguous(_ text: String, _ hashes: [PointHash]) -> SettingError {
        let more = hashes.count > 3 ? ", …" : ""
        return SettingError(
            description: "several points have hashes that start with '\(text)': "
                + hashes.prefix(3).map(\.description).joined(separator: ", ") + more)
    }

    private func isKnown(_ hash: PointHash) async throws -> Bool {
        try await ledger.points([hash.bytes], in: definition.table)[0] != nil
    }
}
