internal import ArgumentParser
internal import Support
internal import SystemPackage

/// The statement of `atmos query`: on the command line, in a file, or on standard input.
struct QueryStatement: ParsableArguments {
    // A statement may begin with a comment, “-- …”, which is no option.
    @Argument(
        parsing: .allUnrecognized,
        help: ArgumentHelp("One SELECT statement in quotes; - for one from standard input.", valueName: "sql"))
    private var words: [String] = []

    @Option(help: "Read the statement from this file; - for standard input.")
    var file: String?

    /// The longest statement that is read, in bytes.
    private static let longest = 1 << 20

    init() {}

    func validate() throws {
        if let option = given.first(where: Self.isOption) { throw ValidationError("Unknown option '\(option)'") }
        guard file == nil || given.isEmpty else {
            throw ValidationError("give the statement itself or --file, not both")
        }
        guard given.count < 2 else {
            throw ValidationError("the statement is one argument, so put it in quotes: atmos query \"SELECT …\"")
        }
        guard file != nil || given.count == 1 else {
            throw ValidationError(
                "there is no statement: give one in quotes, name its file with --file, or pipe it into atmos query -")
        }
    }

    /// - Throws: ``SettingError`` where a file cannot be read, or holds no text.
    func read() throws(SettingError) -> String {
        guard let place = file ?? given.first else { preconditionFailure("a statement without a place was validated") }
        if place == "-" { return try Self.text(of: .standardInput, called: "standard input") }
        guard file != nil else { return place }
        let descriptor: FileDescriptor
        do {
            descriptor = try FileDescriptor.open(FilePath(place), .readOnly, options: .closeOnExec)
        } catch {
            throw SettingError(description: "'\(place)' cannot be read: \(error)")
        }
        defer { try? descriptor.close() }
        return try Self.text(of: descriptor, called: "'\(place)'")
    }

    /// The words without the `--` that may stand before them.
    private var given: ArraySlice<String> { words.first == "--" ? words.dropFirst() : words[...] }

    private static func isOption(_ word: String) -> Bool {
        guard word.hasPrefix("-"), word != "-" else { return false }
        let isComment = word.hasPrefix("--") && (word.dropFirst(2).first?.isWhitespace ?? false)
        return !isComment
    }

    private static func text(of descriptor: FileDescriptor, called name: String) throws(SettingError) -> String {
        var bytes: [UInt8] = []
        do {
            var piece = [UInt8](repeating: 0, count: 1 << 16)
            while case let count = try piece.withUnsafeMutableBytes({ try descriptor.read(into: $0) }), count > 0 {
                bytes += piece[..<count]
                guard bytes.count <= longest else {
                    throw SettingError(description: "\(name) is longer than a statement may be (\(longest) bytes)")
                }
            }
        } catch let error as SettingError {
            throw error
        } catch {
            throw SettingError(description: "\(name) cannot be read: \(error)")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw SettingError(description: "\(name) is not UTF-8 text")
        }
        return text
    }
}
