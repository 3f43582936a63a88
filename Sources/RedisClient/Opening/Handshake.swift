/// What a new connection says first: who we are, which database, and whether the server serves already.
enum Handshake {
    static func perform(
        _ session: borrowing Session, with server: RedisConfiguration, deadline: ContinuousClock.Instant
    ) throws {
        for reply in try session.ask(commands(server), of: server, deadline: deadline) {
            if case .error(let text) = reply { throw refusal(text, server) }
        }
    }

    private static func commands(_ server: RedisConfiguration) -> [RedisCommand] {
        var commands: [RedisCommand] = []
        if let password = server.password {
            commands.append(server.user.map { RedisCommand("AUTH", $0, password) } ?? RedisCommand("AUTH", password))
        }
        if server.database != 0 { commands.append(RedisCommand("SELECT", String(server.database))) }
        commands.append(RedisCommand("PING"))
        return commands
    }

    private static func refusal(_ text: String, _ server: RedisConfiguration) -> RedisError {
        let error = RedisError.reply(text)
        // A wrong password is answered by WRONGPASS or, by old servers and with no user, by a plain ERR.
        let isAuthentication = error.code == .authentication || text.contains("AUTH")
        return RedisError(
            code: isAuthentication ? .authentication : error.code,
            message: "Redis at \(server) refused the connection. \(error.message)"
                + (isAuthentication && error.code != .authentication ? " Check the user and the password." : ""))
    }
}
