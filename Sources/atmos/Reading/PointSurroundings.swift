internal import ExplorationFile
internal import ParameterSpace
internal import Pipeline
internal import RunLedger
internal import Support
internal import TextTable

/// Where a point lies in the search: how it was reached, and what its neighbours are.
struct PointSurroundings: Sendable {
    /// The points that this one was reached from, the nearest first; the last is a start point, or one whose own parent
    /// the ledger does not have.
    let ancestors: [LedgerPoint]
    /// Its neighbours, with what the ledger has of each.
    let neighbours: [(point: Point, known: LedgerPoint?)]

    static func read(
        of point: LedgerPoint, _ definition: ExplorationDefinition, _ ledger: RunLedger
    ) async throws -> PointSurroundings {
        var ancestors: [LedgerPoint] = []
        var seen: Set<[UInt8]> = [point.hash]
        var next = point.parent
        while let parent = next, seen.insert(parent).inserted,
            let found = try await ledger.points([parent], in: definition.table)[0]
        {
            ancestors.append(found)
            next = found.parent
        }
        let centre = try point.code.map { try definition.space.point(code: $0) }
        var neighbours: [(point: Point, known: LedgerPoint?)] = []
        if let centre { neighbours = try await self.neighbours(of: centre, definition, ledger) }
        return PointSurroundings(ancestors: ancestors, neighbours: neighbours)
    }

    /// The neighbours of a point, with what the ledger has of each.
    static func neighbours(
        of point: Point, _ definition: ExplorationDefinition, _ ledger: RunLedger
    ) async throws -> [(point: Point, known: LedgerPoint?)] {
        let points = definition.neighbours(of: point)
        let hashes = points.map { definition.space.hash(of: $0).bytes }
        return Array(zip(points, try await ledger.points(hashes, in: definition.table)))
    }

    /// How many ancestors and neighbours are shown, at the most.
    private static let most = 40

    var text: String {
        var lines: [String] = []
        if ancestors.isEmpty {
            lines.append("  reached from: nothing: it is a start point, or its parent is not in the ledger")
        } else {
            lines.append("  way back to the start, \(ancestors.count) steps:")
            let shown = ancestors.count > Self.most ? Array(ancestors.prefix(Self.most - 1)) : ancestors
            lines += shown.map { "    \($0.code ?? "?")  \($0.standing)" }
            if shown.count < ancestors.count, let last = ancestors.last {
                lines.append("    … \(ancestors.count - shown.count - 1) more …")
                lines.append("    \(last.code ?? "?")  \(last.standing)")
            }
        }
        guard !neighbours.isEmpty else { return lines.joined(separator: "\n") }
        lines.append("  neighbours: \(Self.summary(of: neighbours.map(\.known)))")
        lines += neighbours.prefix(Self.most).map {
            "    \($0.point.code)  \($0.known?.standing ?? "not in the ledger")"
        }
        if neighbours.count > Self.most { lines.append("    … \(neighbours.count - Self.most) more …") }
        return lines.joined(separator: "\n")
    }

    /// `2 stable, 1 unstable, 1 not in the ledger`.
    static func summary(of known: [LedgerPoint?]) -> String {
        let words = known.map { $0?.standing ?? "not in the ledger" }
        let order = ["stable", "unstable", "queued", "running", "error", "given up", "not in the ledger"]
        return order.compactMap { word in
            let count = words.count { $0 == word }
            return count == 0 ? nil : "\(count) \(word)"
        }.joined(separator: ", ")
    }
}

extension LedgerPoint {
    /// The verdict, or the state of a point that has none.
    var standing: String {
        verdict?.rawValue ?? (isGivenUp ? "given up" : state.rawValue)
    }
}
