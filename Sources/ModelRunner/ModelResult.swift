package import Support
package import SystemPackage

/// The result of a completed run.
package struct ModelResult: Sendable, Hashable {
    /// Whether the point is stable.
    package let verdict: Verdict

    /// The model's sentence about the run; empty if it has none. At most ``RunDirectory/maxMessageLength`` characters.
    package let message: String

    /// The number of the model's iterations, if it counts them.
    package let iterations: Int?

    /// The declared outputs by name, all finite. An output that is null in the model's result is absent.
    package let outputs: [String: Double]

    /// The files to keep: the existing ones of the model's list, in the list's order.
    package let artifacts: [FilePath]

    /// The peak memory of the run's processes in bytes; `nil` if the run ended before the first measurement. It is
    /// sampled, so that a short peak can be missed.
    package let peakMemoryBytes: Int?

    /// The end of the model's output, at most ``LogTail/maxBytes`` bytes; `nil` if no process ran.
    package let logTail: String?

    /// Creates a result.
    package init(
        verdict: Verdict, message: String, iterations: Int? = nil, outputs: [String: Double],
        artifacts: [FilePath] = [], peakMemoryBytes: Int? = nil, logTail: String? = nil
    ) {
        self.verdict = verdict
        self.message = message
        self.iterations = iterations
        self.outputs = outputs
        self.artifacts = artifacts
        self.peakMemoryBytes = peakMemoryBytes
        self.logTail = logTail
    }
}

/// A model's `result.json`, checked.
struct ResultFile: Equatable {
    /// The verdict.
    var verdict: Verdict
    /// The model's sentence; empty if there is none.
    var message = ""
    /// The number of iterations.
    var iterations: Int?
    /// All outputs; `nil` for those that are null.
    var outputs: [String: Double?] = [:]

    /// The reason why a text is not a result; completes a sentence that ends with "is not valid:".
    struct Problem: Error, CustomStringConvertible {
        let description: String

        init(_ description: String) {
            self.description = description
        }
    }

    /// Reads the text of a result. Members that are not part of the contract are ignored.
    init(_ bytes: [UInt8]) throws(Problem) {
        let value: JSONValue
        do {
            value = try JSONReader.read(bytes)
        } catch {
            throw Problem("invalid JSON at \(error)")
        }
        guard case .object(let members) = value else { throw Problem("it is not an object, {…}") }
        verdict = try Self.verdict(members["verdict"])
        switch members["message"] {
        case nil, .null: break
        case .string(let text): message = text
        default: throw Problem("\"message\" is not a text")
        }
        switch members["iterations"] {
        case nil, .null: break
        case .number(let number):
            guard let whole = Int(exactly: number), whole >= 0 else {
                throw Problem("\"iterations\" is \(number), not a whole number from 0 on")
            }
            iterations = whole
        default: throw Problem("\"iterations\" is not a number")
        }
        outputs = try Self.outputs(members["outputs"])
    }

    private static func verdict(_ value: JSONValue?) throws(Problem) -> Verdict {
        let words = Verdict.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: " or ")
        guard let value else { throw Problem("it has no \"verdict\", which must be \(words)") }
        guard case .string(let word) = value else { throw Problem("\"verdict\" is not a text; it must be \(words)") }
        guard let verdict = Verdict(rawValue: word) else {
            throw Problem("\"verdict\" is \(JSONText.quoted(String(word.prefix(40)))); it must be \(words)")
        }
        return verdict
    }

    private static func outputs(_ value: JSONValue?) throws(Problem) -> [String: Double?] {
        switch value {
        case nil, .null: return [:]
        case .object(let members):
            var outputs: [String: Double?] = [:]
            for (name, member) in members.sorted(by: { $0.key < $1.key }) {
                switch member {
                case .null: outputs[name] = .some(nil)
                case .number(let number): outputs[name] = number
                default: throw Problem("\"outputs\": \(JSONText.quoted(name)) is neither a number nor null")
                }
            }
            return outputs
        default: throw Problem("\"outputs\" is not an object, {…}")
        }
    }
}
