/// Why an input file cannot be written for a point. The description is a sentence.
struct AtmosInputError: Error, Equatable, CustomStringConvertible {
    let description: String
}
