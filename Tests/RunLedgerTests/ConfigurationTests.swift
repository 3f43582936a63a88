import Testing

@testable import RunLedger

@Suite("Where the ledger is")
struct ConfigurationTests {
    @Test("a URL for TCP is taken apart")
    func tcp() throws {
        let configuration = try LedgerConfiguration(url: "mariadb://anna:s%40crt@db.example:3307/runs")
        #expect(configuration.user == "anna")
        #expect(configuration.host == "db.example")
        #expect(configuration.port == 3307)
        #expect(configuration.database == "runs")
        #expect(configuration.socketPath == nil)
        #expect("\(configuration)" == "mariadb://anna@db.example:3307/runs")
    }

    @Test("a URL for a Unix socket and one with an IPv6 address are taken apart")
    func socketAndAddress() throws {
        let socket = try LedgerConfiguration(url: "mariadb://root@localhost/atmos?socket=/tmp/a%20b/m.sock")
        #expect(socket.socketPath == "/tmp/a b/m.sock")
        #expect(socket.port == nil)
        let address = try LedgerConfiguration(url: "mariadb://root@[::1]:3306/atmos")
        #expect(address.host == "::1")
        #expect("\(address)" == "mariadb://root@[::1]:3306/atmos")
    }

    @Test("a server is verified as soon as an authority is named, unless the URL says otherwise")
    func tls() throws {
        func tls(_ options: String) throws -> LedgerTLS? {
            try LedgerConfiguration(url: "mysql://anna@h/d\(options)").tls
        }
        #expect(try tls("") == nil)
        #expect(try tls("?ssl_mode=disabled") == nil)
        let verified = try #require(try tls("?ssl_ca=/a%20b/ca.pem"))
        #expect(verified.verifiesServer && verified.authority == "/a b/ca.pem")
        let byMachine = try #require(try tls("?ssl_mode=verify_identity"))
        #expect(byMachine.verifiesServer && byMachine.authority == nil)
        let own = try #require(try tls("?ssl_mode=required&ssl_cert=/c.pem&ssl_key=/k.pem"))
        #expect(own.verifiesServer == false && own.certificate == "/c.pem" && own.key == "/k.pem")
        let shown = try LedgerConfiguration(url: "mysql://anna:hush@localhost/d?ssl_mode=required&socket=/s")
        #expect("\(shown)" == "mysql://anna@localhost/d?socket=/s&ssl_mode=required")
    }

    @Test("how long to wait is in the URL, or what is documented")
    func timeouts() throws {
        let usual = try LedgerConfiguration(url: "mariadb://anna@h/d")
        #expect(usual.connectTimeout == .seconds(5))
        #expect(usual.readTimeout == .seconds(60) && usual.writeTimeout == .seconds(60))
        let url = "mariadb://anna@h/d?connect_timeout=3600&read_timeout=1&write_timeout=20"
        let own = try LedgerConfiguration(url: url)
        #expect(own.connectTimeout == .seconds(3600))
        #expect(own.readTimeout == .seconds(1) && own.writeTimeout == .seconds(20))
        #expect("\(own)" == url)
    }

    @Test("no description shows the password")
    func passwordIsHidden() throws {
        for configuration in [
            try LedgerConfiguration(url: "mariadb://anna:hush-hush@h/d"),
            try LedgerConfiguration(url: "mariadb://anna@h/d", password: "hush-hush"),
        ] {
            var dumped = ""
            dump(configuration, to: &dumped)
            for text in ["\(configuration)", String(reflecting: configuration), dumped] {
                #expect(!text.contains("hush-hush"))
            }
        }
    }

    @Test(
        "a URL that is not one is refused, with the form to write and without quoting it",
        arguments: [
            ("localhost/secret-db", "no scheme"),
            ("redis://u:secret@h/d", "mariadb://"),
            ("mariadb://u:secret@h", "no database"), ("mariadb://u:secret@h/", "no database"),
            ("mariadb://h/secret", "no user"), ("mariadb://:secret@h/d", "no user"),
            ("mariadb://u:secret@/d", "no host"),
            ("mariadb://u:secret@h:0/d", "port"), ("mariadb://u:secret@h:http/d", "port"),
            ("mariadb://u:secret%zz@h/d", "broken %"), ("mariadb://u:secret@h/d?ssl=1", "“ssl”"),
            ("mariadb://u:secret@h/d?ssl_ca=", "without a value"), ("mysql://u:secret@h/d?ssl_ca=a.pem", "absolute"),
            ("mariadb://u:secret@h/d?ssl_cert=/c.pem", "together"), ("mariadb://u:secret@h/d?ssl_mode=yes", "ssl_mode"),
            ("mariadb://u:secret@h/d?ssl_mode=disabled&ssl_ca=/c.pem", "disables TLS"),
            ("mariadb://u:secret@h/d?ssl_ca=/a&ssl_ca=/b", "twice"),
            ("mariadb://u:secret@h/d?ssl_ca=/a&ssl_mode=required", "verifies nobody"),
            ("mariadb://u:secret@h/d?socket=relative", "socket"),
            ("mariadb://u:secret@h/d?socket=/s", "other than localhost"),
            ("mariadb://u:secret@h/d?connect_timeout=0", "connect_timeout that is not a whole number"),
            ("mariadb://u:secret@h/d?read_timeout=3601", "from 1 to 3600"),
            ("mariadb://u:secret@h/d?write_timeout=1.5", "write_timeout"),
            ("mariadb://u:secret@h/d?read_timeout=5s", "read_timeout"),
            ("mariadb://u:secret@h/d?read_timeout=-1", "read_timeout"),
            ("mariadb://u:secret@h/d?timeout=5", "none of socket, ssl_ca"), ("mariadb://u:secret@[::1x/d", "host"),
            ("mariadb://u:secret@h/a%60b", "database"),
        ])
    func refused(url: String, reason: String) throws {
        let error = #expect(throws: LedgerError.self) { try LedgerConfiguration(url: url) }
        #expect(error?.code == .configuration)
        #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
        #expect(error?.message.contains("secret") == false)
    }
}
