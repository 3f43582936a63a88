/// What a completed run says of its point. The raw values are the words in `result.json`.
package enum ModelVerdict: String, Sendable, Hashable, CaseIterable, Codable {
    /// The model found an equilibrium.
    case stable

    /// The model found that there is none.
    case unstable
}
