/// Cuts texts to what a column holds, never within a character of UTF-8.
enum BoundedText {
    /// The first characters (Unicode scalars, as the server counts) of `text`.
    static func start(of text: String, characters limit: Int) -> String {
        // A scalar takes a byte at least, so most texts need no counting.
        if text.utf8.count <= limit { return text }
        return String(text.unicodeScalars.prefix(limit))
    }

    /// The last bytes of `text`, from the first whole scalar on.
    static func end(of text: String, bytes limit: Int) -> String {
        let utf8 = text.utf8
        guard utf8.count > limit else { return text }
        let continuation = utf8.suffix(limit).drop { $0 & 0b1100_0000 == 0b1000_0000 }
        return String(decoding: continuation, as: UTF8.self)
    }
}
