/// Suggests the name that a user probably meant.
package enum ClosestName {
    /// The candidate with the smallest edit distance from `name`; `nil` if even that one is too far away to be a typing
    /// error.
    package static func of(_ name: String, among candidates: some Sequence<String>) -> String? {
        let lowercased = name.lowercased()
        let ranked = candidates.map { (candidate: $0, distance: distance(lowercased, $0.lowercased())) }
        guard let best = ranked.min(by: { ($0.distance, $0.candidate) < ($1.distance, $1.candidate) }) else {
            return nil
        }
        return best.distance <= max(2, name.count / 3) ? best.candidate : nil
    }

    /// The Levenshtein distance: insertions, deletions and substitutions of one character.
    static func distance(_ left: String, _ right: String) -> Int {
        let right = Array(right)
        var previous = Array(0...right.count)
        for (row, character) in left.enumerated() {
            var current = [row + 1]
            for (column, other) in right.enumerated() {
                current.append(
                    min(previous[column] + (character == other ? 0 : 1), previous[column + 1] + 1, current[column] + 1))
            }
            previous = current
        }
        return previous[right.count]
    }
}
