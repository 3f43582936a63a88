internal import Glibc

/// A thread outside of the cooperative pool, for work that blocks.
enum DedicatedThread {
    private final class Work {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// Runs `body` on a new thread that ends with it.
    static func start(_ body: @escaping @Sendable () -> Void) throws {
        let work = Unmanaged.passRetained(Work(body))
        var thread = pthread_t()
        let status = pthread_create(
            &thread, nil,
            { argument in
                Unmanaged<Work>.fromOpaque(argument!).takeRetainedValue().run()
                return nil
            }, work.toOpaque())
        guard status == 0 else {
            work.release()
            throw RedisError(
                code: .closed,
                message: "No thread for a connection (\(String(cString: strerror(status)))); too many threads?")
        }
        pthread_detach(thread)
    }
}
