/// The fields of a line whose columns are to stay where they are.
enum FixedFields {
    /// Where the parts between blanks are.
    static func ranges(in line: [UInt8]) -> [Range<Int>] {
        line[...].fields.map { $0.startIndex..<$0.endIndex }
    }

    /// Writes `text` where a field was.
    ///
    /// It begins in the same column. What follows stays in its columns where the blanks between them are enough, and is
    /// moved where they are not: one blank always remains, since a number that touches the next one stops Atmos.
    static func replace(_ field: Range<Int>, with text: String, in line: inout [UInt8]) {
        let blank = UInt8(ascii: " ")
        let new = Array(text.utf8)
        let gap = line[field.upperBound...].prefix { $0 == blank }.count
        let isLast = field.upperBound + gap == line.count
        let needed = isLast ? 0 : 1
        let blanks = max(field.count + gap - new.count, needed)
        line.replaceSubrange(
            field.lowerBound..<(field.upperBound + gap), with: new + [UInt8](repeating: blank, count: blanks))
    }
}
