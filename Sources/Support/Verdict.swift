/// The result of a completed run. The raw values are the words in `result.json`, in messages and in the ledger.
public enum Verdict: String, Sendable, Hashable, CaseIterable, Codable {
    /// The model found an equilibrium.
    case stable
    /// The model found that there is none.
    case unstable
}
