/// The lower triangular L of a symmetric positive definite matrix A = L Lᵀ.
struct CholeskyFactor {
    private let size: Int
    /// Row by row, the lower triangle packed.
    private var rows: [Double]

    /// In n³/6 multiplications; nil where the matrix is not positive definite in floating point.
    ///
    /// - Parameter element: the element in a row and a column, asked for where the column is not beyond the row.
    init?(size: Int, element: (Int, Int) -> Double) {
        self.size = size
        rows = []
        rows.reserveCapacity(size * (size + 1) / 2)
        for row in 0..<size {
            let start = row * (row + 1) / 2
            for column in 0...row {
                let other = column * (column + 1) / 2
                var rest = element(row, column)
                for index in 0..<column { rest -= rows[start + index] * rows[other + index] }
                if column == row {
                    guard rest > 0 else { return nil }
                    rows.append(rest.squareRoot())
                } else {
                    rows.append(rest / rows[other + column])
                }
            }
        }
    }

    /// L⁻¹ b.
    func solvedForwards(_ right: [Double]) -> [Double] {
        var solution = right
        for row in 0..<size {
            let start = row * (row + 1) / 2
            var rest = solution[row]
            for index in 0..<row { rest -= rows[start + index] * solution[index] }
            solution[row] = rest / rows[start + row]
        }
        return solution
    }

    /// A⁻¹ b.
    func solved(_ right: [Double]) -> [Double] {
        var solution = solvedForwards(right)
        for row in (0..<size).reversed() {
            let value = solution[row] / rows[row * (row + 1) / 2 + row]
            solution[row] = value
            for index in 0..<row { solution[index] -= rows[row * (row + 1) / 2 + index] * value }
        }
        return solution
    }
}
