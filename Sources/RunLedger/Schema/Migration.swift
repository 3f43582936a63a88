/// One step of the schema: a numbered file of SQL. Steps are only ever appended.
struct Migration: Sendable {
    let version: Int
    let name: String
    private let bytes: [UInt8]

    static let all = [
        Migration(version: 1, name: "registry", bytes: PackageResources._001_registry_sql),
        Migration(version: 2, name: "attempts", bytes: PackageResources._002_attempts_sql),
        Migration(version: 3, name: "provenance", bytes: PackageResources._003_provenance_sql),
        Migration(version: 4, name: "definitions", bytes: PackageResources._004_definitions_sql),
        Migration(version: 5, name: "views", bytes: PackageResources._005_views_sql),
        Migration(version: 6, name: "budgets", bytes: PackageResources._006_budgets_sql),
        Migration(version: 7, name: "tolerance", bytes: PackageResources._007_tolerance_sql),
    ]

    /// The version that this library works with.
    static var newest: Int { all.last?.version ?? 0 }

    /// The file's statements. One ends with a semicolon at the end of a line; lines that begin `--` are comments.
    var statements: [SQL] {
        var statements: [SQL] = []
        var lines: [Substring] = []
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") where !line.hasPrefix("--") {
            guard line.hasSuffix(";") else {
                lines.append(line)
                continue
            }
            lines.append(line.dropLast())
            statements.append(SQL(unchecked: lines.joined(separator: "\n")))
            lines = []
        }
        precondition(lines.isEmpty, "migration \(version) ends within a statement")
        return statements
    }
}
