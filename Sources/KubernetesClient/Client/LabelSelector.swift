/// Which objects are meant, by their labels: all of these must be there with these values.
package struct LabelSelector: Sendable, Hashable {
    /// `a=b,c=d`.
    package let text: String

    /// - Parameter labels: names and values, each a valid label, in the order in which they are written.
    package init(_ labels: [(String, String)]) {
        text = labels.map { "\($0)=\($1)" }.joined(separator: ",")
    }

}
