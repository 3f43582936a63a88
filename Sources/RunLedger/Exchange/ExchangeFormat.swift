/// The forms of file that runs are exported in and imported from.
public enum ExchangeFormat: String, CaseIterable, Sendable {
    /// Comma-separated values under a header in comments: Enhanced CSV 1.0, which astropy reads with units.
    case csv
    /// A JSON object on each line; the first describes the others.
    case jsonl
    /// VOTable 1.4, of the International Virtual Observatory Alliance.
    case vot
    /// A table of fixed columns, of NASA's Infrared Processing and Analysis Center.
    case tbl

    /// The format that goes with a file's name, by its extension; nil for another one.
    public init?(fileName: String) {
        guard let dot = fileName.lastIndex(of: ".") else { return nil }
        self.init(rawValue: fileName[fileName.index(after: dot)...].lowercased())
    }
}
