/// The last lines of a log, for the record of a run that went well: of millions of them, more would be a burden.
enum LogEnd {
    private static let lines = 20
    private static let characters = 2_000

    static func of(_ log: String) -> String {
        let end = log.split(omittingEmptySubsequences: true, whereSeparator: \.isNewline).suffix(lines)
        return String(end.joined(separator: "\n").suffix(characters))
    }
}
