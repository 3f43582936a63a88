/// Measures every strategy on three synthetic regions in 2, 3 and 5 dimensions.
@main
struct StrategyBenchmark {
    static func main() {
        for dimensions in [2, 3, 5] {
            for shape in SyntheticRegion.Shape.allCases {
                let region = SyntheticRegion(shape, dimensions: dimensions)
                let clock = ContinuousClock()
                let begin = clock.now
                for course in Contest(region: region).courses() {
                    print(
                        dimensions, shape.rawValue, course.strategy, course.edgeCount, course.runs, course.share,
                        course.exactly, [0.5, 0.9, 0.95, 0.99, 1].map { course.runs(until: $0) ?? -1 },
                        clock.now - begin)
                }
            }
        }
    }
}
