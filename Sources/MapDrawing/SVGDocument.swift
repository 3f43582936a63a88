/// What is done to Cairo's SVG before it leaves us.
enum SVGDocument {
    /// Adds a title and a description right after the opening tag, where browsers and screen readers look for them, and
    /// takes out the number of the surface, which differs from one drawing of the same map to the next.
    static func finished(_ svg: [UInt8], title: String, description: String) -> [UInt8] {
        var svg = svg
        if let group = range(from: "<g id=\"surface", to: "\">", in: svg) {
            svg.replaceSubrange(group, with: "<g>".utf8)
        }
        if let opening = range(from: "<svg", to: ">", in: svg) {
            let heading = "\n<title>\(escaped(title))</title>\n<desc>\(escaped(description))</desc>"
            svg.insert(contentsOf: heading.utf8, at: opening.upperBound)
        }
        return svg
    }

    /// Where the first text lies that begins and ends so.
    private static func range(from beginning: String, to end: String, in svg: [UInt8]) -> Range<Int>? {
        guard
            let start = position(of: beginning, in: svg[...]),
            let last = position(of: end, in: svg[(start + beginning.utf8.count)...])
        else { return nil }
        return start..<(last + end.utf8.count)
    }

    private static func position(of text: String, in bytes: ArraySlice<UInt8>) -> Int? {
        let text = Array(text.utf8)
        var rest = bytes
        while let start = rest.firstIndex(of: text[0]) {
            if bytes[start...].starts(with: text) { return start }
            rest = bytes[(start + 1)...]
        }
        return nil
    }

    private static func escaped(_ text: String) -> String {
        var result = ""
        for character in text.unicodeScalars {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            // XML allows no other control characters, not even escaped.
            case "\t", "\n", "\r": result += " "
            case _ where character.value < 32 || character.value == 0xfffe || character.value == 0xffff: continue
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }
}
