internal import KubernetesClient
internal import Logging

extension Scaler {
    /// How long looking again and deleting may take.
    private static let patience = Duration.seconds(10)

    /// Makes Jobs, and deletes them again where the scaler was suspended meanwhile: whoever did that may have deleted all
    /// Jobs already, and has found none of these.
    ///
    /// - Throws: what `make` throws; what it made until then is deleted too.
    func undoIfSuspended(
        _ round: inout ScalerRound, _ make: (inout ScalerRound) async throws -> Void
    ) async throws {
        do {
            try await make(&round)
        } catch {
            await undoIfSuspended(&round)
            throw error
        }
        await undoIfSuspended(&round)
    }

    private func undoIfSuspended(_ round: inout ScalerRound) async {
        guard deployment != nil, !round.requested.isEmpty else { return }
        let late = KubernetesError(.unreachable, "Nobody could tell in time whether the scaler was suspended.")
        // A task of its own, since one that was cancelled, as when the lead is lost, can send nothing any more; it is
        // waited for.
        let undone = await Task { [requested = round.requested] in
            do {
                return try await TimeLimit.run(Self.patience, late: late) { try await deleteIfSuspended(requested) }
            } catch {
                // Who waits for the scaler to hear of the suspension looks for Jobs once more after that.
                logger.warning(
                    "Jobs may have been made although the scaler is suspended", metadata: ["error": "\(error)"])
                return nil
            }
        }.value
        guard let undone else { return }
        round.restraint = .suspended
        round.undone = undone
        round.made = []
    }

    /// - Returns: the Jobs that were there; nil where nobody has suspended the scaler.
    private func deleteIfSuspended(_ jobs: [String]) async throws -> [String]? {
        guard try await ownDeployment()?.isSuspended == true else { return nil }
        var deleted: [String] = []
        for job in jobs where try await client.delete(.jobs, job, in: group.namespace, DeleteOptions(.foreground)) {
            deleted.append(job)
        }
        return deleted
    }
}
