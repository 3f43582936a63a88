/// A word, number, text or sign of a ``RunCondition``.
struct ConditionToken: Sendable, Hashable {
    enum Kind: Sendable, Hashable {
        case word, number, text, sign, end
    }

    let kind: Kind
    /// A text without its quotes; everything else as it was written.
    let text: String
    /// Its first character's number, from 1.
    let position: Int

    func error(_ problem: String) -> LedgerError {
        LedgerError(.invalidFilter, "The condition is wrong at character \(position): \(problem).")
    }

    /// How messages name it.
    var shown: String { kind == .end ? "the end" : "“\(text)”" }

    /// The tokens of a condition, `end` the last.
    static func all(of text: String) throws -> [ConditionToken] {
        let characters = Array(text)
        var tokens: [ConditionToken] = []
        var index = 0
        while index < characters.count {
            let start = index
            let first = characters[index]
            if first.isWhitespace {
                index += 1
                continue
            }
            func take(while isPart: (Character) -> Bool) {
                while index < characters.count, isPart(characters[index]) { index += 1 }
            }
            let kind: Kind
            var content: String?
            if first == "'" || first == "\"" {
                kind = .text
                content = try quoted(characters, &index)
            } else if first.isASCII, first.isLetter || first == "_" {
                kind = .word
                take { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
            } else if first.isASCII, first.isNumber || "+-.".contains(first) {
                kind = .number
                index += 1
                take { character in
                    let isSigned = "eE".contains(characters[index - 1]) && "+-".contains(character)
                    return character.isASCII && (character.isLetter || character.isNumber || character == ".")
                        || isSigned
                }
            } else {
                kind = .sign
                index += 1
                if "<>!".contains(first) { take { "=>".contains($0) && index == start + 1 } }
            }
            tokens.append(
                ConditionToken(kind: kind, text: content ?? String(characters[start..<index]), position: start + 1))
        }
        return tokens + [ConditionToken(kind: .end, text: "", position: characters.count + 1)]
    }

    private static func quoted(_ characters: [Character], _ index: inout Int) throws -> String {
        let start = index
        let quote = characters[index]
        var content = ""
        index += 1
        while index < characters.count {
            if characters[index] != quote {
                content.append(characters[index])
            } else if index + 1 < characters.count, characters[index + 1] == quote {
                content.append(quote)
                index += 1
            } else {
                index += 1
                return content
            }
            index += 1
        }
        throw ConditionToken(kind: .text, text: content, position: start + 1).error("the text does not end")
    }
}

extension ConditionToken {
    /// The value as a parameter to compare `column` with.
    func value(for column: RunTableColumn) throws -> ParameterColumn {
        switch column.kind {
        case .real, .integer, .unsigned:
            // The standard library also reads hexadecimal numbers, and words such as nan.
            guard kind == .number, text.utf8.allSatisfy({ "+-.0123456789eE".utf8.contains($0) }),
                let number = Double(text), number.isFinite
            else {
                throw error("“\(column.name)” is compared with a number, not with \(shown)")
            }
            if column.kind == .unsigned, let exact = UInt64(text) { return .unsigned([exact]) }
            if column.kind == .integer, let exact = Int64(text) { return .integers([exact]) }
            return .doubles([number])
        case .text:
            guard kind == .text else { throw error("“\(column.name)” is compared with a text in quotes, not \(shown)") }
            return .texts([text])
        case .time:
            guard kind == .text, let time = LedgerTime(text) else {
                throw error("“\(column.name)” is compared with a time, such as '2026-01-31 12:00', not \(shown)")
            }
            return .texts([time.text])
        case .hash:
            guard kind == .text, let bytes = HashText.bytes(text) else {
                throw error("“\(column.name)” is compared with a hash of 64 hexadecimal digits, not \(shown)")
            }
            return .hash(bytes)
        }
    }
}
