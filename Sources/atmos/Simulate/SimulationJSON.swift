internal import ExplorationFile
internal import FoundationEssentials
internal import Simulation

/// Simulated courses for programs. Times are in seconds.
struct SimulationJSON: Encodable {
    let exploration: String
    let simulations: [Course]

    struct Course: Encodable {
        let workers: Int
        let seed: UInt64
        let end: SimulationResult.End
        let wallTime: Double
        let points: RunCounts
        let halfDoneAfter: Double
        let ninetyNinePercentDoneAfter: Double
        let workerTime: WorkerTime
        let utilization: Double
        let coreHours: Double
        let cost: Double?
        let sqlClientLoad: Double
        let masterLoad: Double
        let queues: [String: Depth]
        /// Busy workers and the depth of `main` over time.
        let course: [Moment]
        let remarks: [String]
    }

    struct Depth: Encodable {
        let mean: Double
        let most: Double
    }

    struct Moment: Encodable {
        let time: Double
        let busyWorkers: Double
        let main: Double
        let finished: Double
    }

    init(_ definition: ExplorationDefinition, _ courses: [SimulatedCourse]) {
        exploration = definition.name
        simulations = courses.map { course in
            let timeline = course.result.timeline
            func depth(_ quantity: Gauges.Quantity) -> Depth {
                Depth(mean: timeline.mean(quantity), most: timeline.peak(quantity))
            }
            let moments = zip(
                timeline.samples(of: .busy), zip(timeline.samples(of: .main), timeline.samples(of: .finished)))
            return Course(
                workers: course.settings.workers, seed: course.settings.seed, end: course.result.end,
                wallTime: course.result.wallTime, points: course.result.counts,
                halfDoneAfter: course.result.time(untilFinished: 0.5),
                ninetyNinePercentDoneAfter: course.result.time(untilFinished: 0.99), workerTime: course.result.spent,
                utilization: course.utilization, coreHours: course.coreHours(course.result.spent.all),
                cost: course.cost,
                sqlClientLoad: course.sqlClientLoad, masterLoad: course.masterLoad,
                queues: [
                    "main": depth(.main), "main_sql": depth(.proposals), "complete_sql": depth(.results),
                    "explore": depth(.explore),
                ],
                course: moments.map { busy, queues in
                    Moment(
                        time: busy.time, busyWorkers: busy.level, main: queues.0.level, finished: queues.1.level)
                }, remarks: course.remarks)
        }
    }

    func text() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
}
