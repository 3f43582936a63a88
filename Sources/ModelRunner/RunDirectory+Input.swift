internal import Support

/// The texts of the files that a model reads.
extension RunDirectory {
    /// Refuses what could not be written as JSON and as a namelist alike.
    static func check(_ input: ModelInput) throws(ModelFailure) {
        for value in input.values {
            guard InputText.isName(value.name) else {
                throw ModelFailure(
                    kind: .spawn,
                    message: "The parameter name '\(value.name)' cannot be given to a model: "
                        + "a name is a letter, then letters, digits and underscores, at most 63 in all.")
            }
            guard InputText.isNumber(value.value) else {
                throw ModelFailure(
                    kind: .spawn,
                    message: "The value '\(value.value)' of \(value.name) cannot be given to a model: "
                        + "it is not a decimal number such as 0.21 or 1.63e-6.")
            }
        }
        // Fortran's names have no case, so two that differ in case alone would be one variable there.
        var seen: Set<String> = []
        for value in input.values where !seen.insert(value.name.lowercased()).inserted {
            throw ModelFailure(
                kind: .spawn,
                message:
                    "The parameter name '\(value.name)' is given twice; a Fortran namelist knows no upper and lower case."
            )
        }
    }

    /// `point.json`: the numbers have the digits of the exact decimals.
    static func pointText(_ input: ModelInput) -> String {
        let parameters = input.values.map { "\(JSONText.quoted($0.name)): \($0.value)" }.joined(separator: ", ")
        return """
            {
              "hash": \(JSONText.quoted(input.hash)),
              "code": \(JSONText.quoted(input.code)),
              "parameters": {\(parameters)}
            }

            """
    }

    /// `point.nml`: one variable a line. The newline after the slash is not decoration: gfortran needs it when it reads
    /// a namelist from standard input.
    static func namelistText(_ input: ModelInput) -> String {
        "&point\n" + input.values.map { "  \($0.name) = \($0.value)\n" }.joined() + "/\n"
    }

    /// `limits.json`.
    static func limitsText(_ limits: RunLimits) -> String {
        """
        {
          "wall_time_seconds": \(limits.wallTime / .seconds(1)),
          "cpu_time_seconds": \(limits.cpuTime.map { "\($0 / .seconds(1))" } ?? "null"),
          "memory_bytes": \(limits.memoryBytes.map(String.init) ?? "null"),
          "output_bytes": \(limits.outputBytes),
          "grace_seconds": \(limits.grace / .seconds(1))
        }

        """
    }
}
