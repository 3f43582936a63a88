package import LeaseQueue

/// The work of one queue, as far as it matters to how many workers there should be.
package struct WorkLoad: Hashable, Sendable {
    package var ready: Int
    package var leased: Int
    /// What the queue's consumers are told.
    package var control: ControlState
    /// How many more jobs may end; nil is no limit.
    package var budget: Int?
    /// How long a job has taken lately; nil where nothing is known.
    package var runTime: Duration?

    package init(
        ready: Int, leased: Int, control: ControlState = .run, budget: Int? = nil, runTime: Duration? = nil
    ) {
        self.ready = ready
        self.leased = leased
        self.control = control
        self.budget = budget
        self.runTime = runTime
    }

    /// The jobs that workers can still take or have: what a budget does not allow any more is no work.
    package var outstanding: Int {
        let leasable = max(0, min(ready, (budget ?? .max) - leased))
        return leased + leasable
    }
}
