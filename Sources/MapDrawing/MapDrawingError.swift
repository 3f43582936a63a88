/// Why a map cannot be drawn.
package struct MapDrawingError: Error, CustomStringConvertible, Equatable {
    /// The kind of a ``MapDrawingError``.
    package enum Code: Sendable, Equatable {
        /// There is no point that has a place on the axes.
        case nothingToDraw
        /// The size or the scale of the picture cannot be drawn.
        case unusableSize
        /// The picture cannot be written to its file.
        case cannotWrite
        /// The drawing library failed.
        case drawing
    }

    /// What kind of error it is.
    package let code: Code
    /// One sentence: what is wrong, and what to do.
    package let description: String
}
