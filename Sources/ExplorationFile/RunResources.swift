/// What one run needs of the machine that it is run on, the worker beside it included.
package struct RunResources: Hashable, Sendable {
    package var cpus: Quantity
    /// In bytes.
    package var ram: Quantity
    /// Scratch space, in bytes.
    package var hdd: Quantity
    package var gpus: Int

    package init(cpus: Quantity, ram: Quantity, hdd: Quantity, gpus: Int) {
        self.cpus = cpus
        self.ram = ram
        self.hdd = hdd
        self.gpus = gpus
    }

    /// What the worker needs beside the model, in bytes: 256 MiB.
    static let workerRAM = 256 << 20

    /// What follows from a run's limits: one core, its memory (1 GiB where it has no limit) and 256 MiB for the worker,
    /// twice what it may write (the files of one run are moved while the next one runs) and 256 MiB.
    package init(for policy: RunPolicy) {
        cpus = Quantity(whole: 1)
        ram = Quantity(whole: (policy.memoryBytes ?? 1 << 30) + Self.workerRAM, isBinary: true)
        hdd = Quantity(whole: 2 * policy.outputBytes + (256 << 20), isBinary: true)
        gpus = 0
    }
}
