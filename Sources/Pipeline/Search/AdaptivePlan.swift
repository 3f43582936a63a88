internal import ExplorationFile
internal import ModelRunner
internal import ParameterSpace
internal import RunLedger
internal import Support

/// What a global search makes of all that the ledger knows.
struct AdaptivePlan: Sendable {
    let definition: ExplorationDefinition
    let search: any GlobalSearch
    let ledger: RunLedger

    /// The next batch, and whether points are still to be run.
    struct Outlook: Sendable {
        let proposals: [Proposal]
        let hasOpenPoints: Bool
    }

    /// Deterministic: the same points with the same verdicts give the same batch, whoever asks.
    ///
    /// Points without a verdict, such as those that were given up, count as pending: the search goes on around them.
    func outlook() async throws -> Outlook {
        let names = definition.model.outputs.map(\.name)
        let rows = try await ledger.runs(
            in: definition.table, columns: ["code", "verdict", "state", "message"] + names,
            limit: search.maxHistory + 1)
        var finished: [FinishedPoint] = []
        var pending: [Point] = []
        var hasOpenPoints = false
        while case let page = try await rows.next(), !page.isEmpty {
            for row in page {
                // A row without a code was made on a worker's word; it is none of a finished search.
                guard let code = row[0].textValue else { continue }
                let point = try definition.space.point(code: code)
                if let verdict = row[1].textValue.flatMap(Verdict.init) {
                    finished.append(
                        FinishedPoint(
                            point: point, isStable: verdict == .stable, outputs: row[4...].map(\.realValue)))
                } else {
                    pending.append(point)
                    let isGivenUp = row[2].textValue == RunState.error.rawValue && row[3] != .null
                    hasOpenPoints = hasOpenPoints || !isGivenUp
                }
            }
        }
        let proposals = search.proposals(knowing: finished, pending: pending, atMost: batch)
        return Outlook(proposals: proposals, hasOpenPoints: hasOpenPoints)
    }

    private var batch: Int {
        if case .adaptive(let adaptive) = definition.strategy { adaptive.batch } else { 1 }
    }
}
