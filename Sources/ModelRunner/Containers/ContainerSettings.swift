/// What a model's containers may have, and how long they live.
package struct ContainerSettings: Sendable, Hashable {
    /// How many runs one container serves, one after the other, before another takes its place; at least 1.
    package var runs: Int

    /// The most processors that a run uses; may be a fraction.
    package var cpus: Double

    /// The most processes and threads of a run.
    package var processes: Int

    /// Settings; by default a container for every run, with one processor and 256 processes.
    package init(runs: Int = 1, cpus: Double = 1, processes: Int = 256) {
        self.runs = runs
        self.cpus = cpus
        self.processes = processes
    }
}
