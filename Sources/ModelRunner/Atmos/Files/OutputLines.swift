/// The lines of a file that a Fortran program wrote, or was still writing when it ended.
struct OutputLines {
    /// The lines that were ended, without their ends. What stands after the last line end is left out: half a number
    /// cannot be told from a whole one.
    let lines: [ArraySlice<UInt8>]

    init(_ bytes: [UInt8]) {
        let newline = UInt8(ascii: "\n")
        guard let last = bytes.lastIndex(of: newline) else {
            lines = []
            return
        }
        lines = bytes[..<last].split(separator: newline, omittingEmptySubsequences: false)
    }
}

extension ArraySlice<UInt8> {
    /// The parts between blanks.
    var fields: [ArraySlice<UInt8>] {
        split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: "\r") }
    }

    /// The line without the blanks at its front.
    var unindented: ArraySlice<UInt8> {
        drop { $0 == UInt8(ascii: " ") }
    }

    /// The field that follows a label such as `TIME =`.
    func field(after label: String) -> ArraySlice<UInt8>? {
        position(after: label).map { self[$0...].unindented.prefix { $0 != UInt8(ascii: " ") } }
    }

    /// The number that follows a label; nil where there is no such label, or no number.
    func number(after label: String) -> Double? {
        field(after: label).flatMap { FortranNumber.value($0) }
    }

    /// The whole number that follows a label.
    func integer(after label: String) -> Int? {
        field(after: label).flatMap { Int(String(decoding: $0, as: UTF8.self)) }
    }

    /// Whether a text occurs in it.
    func contains(text: String) -> Bool {
        position(after: text) != nil
    }

    private func position(after text: String) -> Int? {
        let text = Array<UInt8>(text.utf8)
        guard let first = text.first, count >= text.count else { return nil }
        var start = startIndex
        let last = endIndex - text.count
        while start <= last {
            if self[start] == first, self[start..<(start + text.count)].elementsEqual(text) {
                return start + text.count
            }
            start += 1
        }
        return nil
    }
}
