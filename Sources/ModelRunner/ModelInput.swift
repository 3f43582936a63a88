/// The point that a model is run on.
package struct ModelInput: Sendable, Hashable {
    /// The point's hash, in hexadecimal.
    package let hash: String

    /// The point's code: its values, comma-separated, in the exploration's declared order.
    package let code: String

    /// The point's values in the exploration's declared order.
    package let values: [NamedValue]

    /// Describes a point in its three forms.
    package init(hash: String, code: String, values: [NamedValue]) {
        self.hash = hash
        self.code = code
        self.values = values
    }
}

/// A parameter's value as exact decimal text.
package struct NamedValue: Sendable, Hashable {
    /// The parameter's name: a letter, then letters, digits and underscores, at most 63 in all (a Fortran name).
    package let name: String

    /// The value as a JSON number, such as `0.21` or `1.63e-6`. It reaches the model with exactly these digits.
    package let value: String

    /// Names a value. Neither text is looked at before a run directory is written.
    package init(name: String, value: String) {
        self.name = name
        self.value = value
    }
}
