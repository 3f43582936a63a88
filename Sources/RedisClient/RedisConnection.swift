public import Logging

/// One connection to a Redis server, for any number of concurrent callers.
///
/// Callers do not wait for each other's replies. While the server is quick, what queues up until its next reply goes out
/// as one pipeline; when no reply has come for 20 ms, what has queued up goes out all the same, and every further
/// command at once. The server carries out commands, and answers them, in the order in which they were sent.
///
/// The connection has a thread of its own, and is made anew with growing pauses whenever it breaks; commands that were
/// not sent yet wait for that, within their time limit. A command that was sent when the connection broke throws
/// ``RedisError/Code/closed``: it may have been carried out or not.
///
/// - Important: A blocking command (`BLPOP`) holds up every command behind it; give it a connection of its own.
///
/// A command runs to its end or its time-out even when the calling task is cancelled.
public final class RedisConnection: Sendable {
    /// Where the server is.
    public let configuration: RedisConfiguration

    private let link: ConnectionLink

    private init(configuration: RedisConfiguration, link: ConnectionLink) {
        self.configuration = configuration
        self.link = link
    }

    deinit {
        link.close()
    }

    /// Connects, and waits until the server answers: it may still be loading its data.
    /// - Throws: ``RedisError`` when nothing listens there, the server refuses us or the time is up.
    public static func connect(to configuration: RedisConfiguration, logger: Logger) async throws -> RedisConnection {
        let executor = ConnectionExecutor(pipe: try WakePipe())
        let link = ConnectionLink(configuration: configuration, executor: executor, logger: logger)
        try await link.open()
        return RedisConnection(configuration: configuration, link: link)
    }

    /// Sends a command and returns its reply.
    /// - Parameter limit: how long the reply may take; nil stands for the configuration's `commandTimeout`.
    /// - Throws: ``RedisError``, also for a reply that is an error.
    public func send(_ command: RedisCommand, limit: Duration? = nil) async throws -> RedisValue {
        // Not a checked one, which costs an allocation per command: the pipeline hands out every ticket exactly once.
        try await withUnsafeThrowingContinuation { continuation in
            link.submit(command, limit: limit ?? configuration.commandTimeout, continuation)
        }
    }

    /// Sends a command of words and returns its reply.
    /// - Throws: ``RedisError``, also for a reply that is an error.
    public func send(_ words: String...) async throws -> RedisValue {
        var command = RedisCommand()
        for word in words { command.append(word) }
        return try await send(command)
    }

    /// Sends a command of arguments of any bytes and returns its reply.
    /// - Throws: ``RedisError``, also for a reply that is an error.
    public func send(_ arguments: [[UInt8]]) async throws -> RedisValue {
        var command = RedisCommand()
        for argument in arguments { command.append(argument) }
        return try await send(command)
    }

    /// Runs a script by its digest; hands the script to the server first when it does not know it.
    /// - Throws: ``RedisError``, also for a reply that is an error.
    public func evaluate(_ script: RedisScript, _ invocation: RedisInvocation) async throws -> RedisValue {
        var call: RedisCommand
        if let known = script.knownCall { call = known } else { call = try await load(script) }
        for _ in 0..<2 {
            do {
                return try await send(RedisCommand(head: call, invocation: invocation))
            } catch let error as RedisError where error.code == .noScript {
                // The server was restarted or its scripts were flushed.
                call = try await load(script)
            }
        }
        return try await send(RedisCommand(head: call, invocation: invocation))
    }

    /// Runs `body` on the connection's own thread.
    ///
    /// For a task whose life is a loop of calls to this connection, each waiting for the one before. The reply then finds
    /// the task on the thread that received it, and the next command leaves from there: an ordinary task pays for two
    /// changes of threads with each call, which cost more than the call itself. Child tasks run there as well. Any
    /// number of tasks may; what they send in one turn goes out as one pipeline. Where the connection was closed before,
    /// `body` runs where its caller does.
    ///
    /// - Important: Whatever else `body` does on that thread keeps replies from everybody who uses the connection: no
    ///   long calculations, and nothing that blocks.
    public func withConnectionThread<Result: Sendable, Failure: Error>(
        _ body: @concurrent @Sendable () async throws(Failure) -> Result
    ) async throws(Failure) -> Result {
        guard link.executor.enter() else { return try await body() }
        defer { link.executor.leave() }
        return try await withTaskExecutorPreference(link.executor, operation: body)
    }

    /// Whether ``close()`` was called; a connection that broke is not closed, for it is made anew.
    public var isClosed: Bool { link.isClosed }

    /// Closes the connection. Whoever still waits for a reply gets ``RedisError/Code/closed``.
    public func close() {
        link.close()
    }

    private func load(_ script: RedisScript) async throws -> RedisCommand {
        var command = RedisCommand("SCRIPT", "LOAD")
        command.append(script.source)
        guard let digest = try await send(command).text else {
            throw RedisError(code: .unexpectedReply, message: "SCRIPT LOAD answered no digest.")
        }
        return script.learn(digest: digest)
    }
}
