/// The keys of an object store: the only place that makes any.
///
/// - `PREFIX/HASH/manifest.json`: the run's files, once they are all there.
/// - `PREFIX/HASH/SET/NAME`: a file; SET is random, one for each time that somebody keeps files under the hash.
/// - `PREFIX/.incoming/HASH-SET`: an empty object, for as long as a set is on its way.
struct ObjectKeys: Sendable {
    let location: BucketURL

    func folder(_ hash: String) -> String { location.key("\(hash)/") }
    func manifest(_ hash: String) -> String { folder(hash) + "manifest.json" }
    func set(_ set: String, _ hash: String) -> String { folder(hash) + set + "/" }
    func file(_ name: String, in set: String, _ hash: String) -> String { self.set(set, hash) + name }
    var incoming: String { location.key(".incoming/") }
    func marker(_ set: String, _ hash: String) -> String { incoming + "\(hash)-\(set)" }

    /// Hash and set of a marker's key; nil when it is something else.
    func parse(marker: String) -> (hash: String, set: String)? {
        guard marker.hasPrefix(incoming) else { return nil }
        let parts = marker.dropFirst(incoming.count).split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].wholeMatch(of: /[0-9a-f]{64}/) != nil,
            parts[1].wholeMatch(of: /[0-9a-f]{32}/) != nil
        else { return nil }
        return (String(parts[0]), String(parts[1]))
    }

    /// A set that nobody else has.
    static func newSet() -> String {
        let digits = String(UInt128.random(in: 0...UInt128.max), radix: 16)
        return String(repeating: "0", count: 32 - digits.count) + digits
    }
}
