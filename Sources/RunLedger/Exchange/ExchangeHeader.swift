internal import FoundationEssentials

/// What a file says of itself, in every format the same JSON: enough to make the exploration's table anew.
struct ExchangeHeader: Codable, Equatable {
    /// The form of this header.
    var version = 1
    /// What the file's rows are, where they are not runs: `attempts`.
    var content: String?
    var name: String
    var table: String
    var digest: String
    var definition: String
    var parameters: [Column]
    var outputs: [Column]
    /// How many rows follow.
    var runs: Int
    /// The names of their columns, in the file's order.
    var columns: [String]

    struct Column: Codable, Equatable {
        var name: String
        var unit: String
        var description: String
    }

    /// The key under which the header stands in formats that know of keys.
    static let key = "atmos_runs"
    private static let newestVersion = 1

    init(_ exploration: RegisteredExploration, runs: Int, columns: [RunTableColumn]) {
        name = exploration.name
        table = exploration.table
        digest = exploration.digest
        definition = exploration.definition
        parameters = exploration.parameters.map { Column(name: $0.name, unit: $0.unit, description: $0.description) }
        outputs = exploration.outputs.map { Column(name: $0.name, unit: $0.unit, description: $0.description) }
        self.runs = runs
        self.columns = columns.map(\.name)
    }

    /// The header of a file of attempts.
    init(_ exploration: RegisteredExploration, attempts: Int, columns: [RunTableColumn]) {
        self.init(exploration, runs: attempts, columns: columns)
        content = "attempts"
    }

    /// What the rows are, for people.
    var title: String { "\(content == nil ? "Runs" : "Attempts at runs") of the exploration \(name)" }

    var schema: ExplorationSchema {
        func columns(_ columns: [Column]) -> [ExplorationSchema.Column] {
            columns.map { ExplorationSchema.Column(name: $0.name, unit: $0.unit, description: $0.description) }
        }
        return ExplorationSchema(
            name: name, table: table, parameters: columns(parameters), outputs: columns(outputs), digest: digest,
            definition: definition)
    }

    /// On one line.
    var json: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(self) else {
            preconditionFailure("texts and whole numbers can always be encoded")
        }
        return String(decoding: data, as: UTF8.self)
    }

    /// Reads the header of a file of runs.
    ///
    /// - Throws: ``ExchangeProblem``.
    init(json: String) throws {
        do {
            self = try JSONDecoder().decode(Self.self, from: Data(json.utf8))
        } catch {
            throw ExchangeProblem(description: "the description of the runs cannot be read")
        }
        guard version <= Self.newestVersion else {
            throw ExchangeProblem(
                description: "the file's form has version \(version), and this program knows up to version "
                    + "\(Self.newestVersion): use a newer program")
        }
        if let content {
            throw ExchangeProblem(
                description: "the file holds \(content), not runs: only a file of runs can be imported")
        }
    }
}

/// What is wrong at some line of a file.
package struct ExchangeProblem: Error, CustomStringConvertible {
    package let description: String
}
