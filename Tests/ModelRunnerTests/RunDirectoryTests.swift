import Glibc
import Support
import SystemPackage
import Testing

@testable import ModelRunner

/// What a model finds in its run directory.
@Suite struct RunDirectoryTests {
    let bench: ModelFixture

    init() throws {
        bench = try ModelFixture()
    }

    @Test("the point is written with exactly its digits, as JSON and as a namelist")
    func exactDigits() throws {
        let directory = try bench.runDirectory()
        try RunDirectory(directory).prepare(ModelFixture.point, limits: RunLimits(memoryBytes: 1 << 30), parent: nil)
        #expect(
            try bench.read(directory.appending("point.json")) == """
                {
                  "hash": "\(String(repeating: "ab", count: 32))",
                  "code": "0.21,1.63e-6",
                  "parameters": {"O2": 0.21, "CH4": 1.63e-6}
                }

                """)
        #expect(try bench.read(directory.appending("point.nml")) == "&point\n  O2 = 0.21\n  CH4 = 1.63e-6\n/\n")
        #expect(
            try bench.read(directory.appending("limits.json")) == """
                {
                  "wall_time_seconds": 60.0,
                  "cpu_time_seconds": null,
                  "memory_bytes": 1073741824,
                  "output_bytes": 16777216,
                  "grace_seconds": 2.0
                }

                """)
        #expect(try FolderContents.names(in: directory.appending("parent")).isEmpty)
    }

    @Test("gfortran reads the namelist, from the file and from standard input", .enabled(if: Toolchain.has("gfortran")))
    func namelist() async throws {
        try bench.write(
            """
            program reader
              real(8) :: o2 = -1, ch4 = -1, small = -1, whole = -1
              integer :: unit = 5
              namelist /point/ o2, ch4, small, whole
              if (command_argument_count() == 0) open(newunit=unit, file='point.nml', status='old', action='read')
              read(unit, nml=point)
              if (o2 /= 0.21d0 .or. ch4 /= 1.63d-6 .or. small /= -5.0d-300 .or. whole /= 3d0) stop 1
            end program
            """, to: "reader.f90")
        let directory = try bench.runDirectory()
        let extremes = [NamedValue(name: "SMALL", value: "-5.0e-300"), NamedValue(name: "whole", value: "3")]
        let input = ModelInput(hash: "", code: "", values: ModelFixture.point.values + extremes)
        try RunDirectory(directory).prepare(input, limits: RunLimits(), parent: nil)
        let status = await bench.shell(
            "gfortran -o reader reader.f90 && cd '\(directory)' && ../reader && ../reader stdin < point.nml")
        #expect(status == 0)
    }

    @Test("the parent's files are copies of their own")
    func parent() throws {
        let source = try bench.runDirectory()
        try bench.write("profile", to: "\(source.lastComponent!.string)/profile.dat")
        symlink("/etc/passwd", source.appending("link").string)
        let directory = try bench.runDirectory()
        try RunDirectory(directory).prepare(ModelFixture.point, limits: RunLimits(), parent: source)
        #expect(try FolderContents.names(in: directory.appending("parent")) == ["profile.dat"])
        #expect(try bench.read(directory.appending("parent").appending("profile.dat")) == "profile")
    }

    @Test("a parent that lies in the run directory already stays as it is")
    func parentInPlace() throws {
        let directory = try bench.runDirectory()
        mkdir(directory.appending("parent").string, 0o755)
        try bench.write("profile", to: "\(directory.lastComponent!.string)/parent/profile.dat")
        try RunDirectory(directory).prepare(
            ModelFixture.point, limits: RunLimits(), parent: directory.appending("parent"))
        #expect(try bench.read(directory.appending("parent").appending("profile.dat")) == "profile")
    }

    @Test("a directory with something in it is refused")
    func notFresh() throws {
        let directory = try bench.runDirectory()
        try bench.write("{}", to: "\(directory.lastComponent!.string)/result.json")
        let failure = #expect(throws: ModelFailure.self) {
            try RunDirectory(directory).prepare(ModelFixture.point, limits: RunLimits(), parent: nil)
        }
        #expect(failure?.kind == .spawn)
        #expect(failure?.message.contains("it holds result.json") == true)
    }

    @Test(
        "names and values that cannot be written in both forms are refused",
        arguments: [
            ("O2", ".5"), ("O2", "5."), ("O2", "+1"), ("O2", "0x1"), ("O2", "nan"), ("O2", "1e"), ("O2", ""),
            ("O2", "01"),
            ("O2", "1 /\n&evil"), ("2O", "1"), ("O-2", "1"), ("", "1"), ("Ö2", "1"),
            (String(repeating: "x", count: 64), "1"),
        ])
    func unwritable(name: String, value: String) throws {
        let input = ModelInput(hash: "", code: "", values: [NamedValue(name: name, value: value)])
        let failure = #expect(throws: ModelFailure.self) {
            try RunDirectory(bench.runDirectory()).prepare(input, limits: RunLimits(), parent: nil)
        }
        #expect(failure?.kind == .spawn)
    }

    @Test("names that differ in case alone are refused: Fortran takes them for one")
    func caseClash() throws {
        let values = [NamedValue(name: "CO", value: "1"), NamedValue(name: "Co", value: "2")]
        #expect(throws: ModelFailure.self) {
            try RunDirectory(bench.runDirectory()).prepare(
                ModelInput(hash: "", code: "", values: values), limits: RunLimits(), parent: nil)
        }
    }

    @Test("text in point.json is quoted")
    func quoting() {
        #expect(JSONText.quoted("a\"b\\c\nd\u{1}\u{1f}é") == #""a\"b\\c\nd\u0001\u001fé""#)
    }

    @Test("numbers are what JSON takes for one", arguments: ["0", "-0.5", "10", "1.63e-6", "4E+2", "0.00", "1e300"])
    func numbers(text: String) {
        #expect(InputText.isNumber(text))
    }
}

/// What is installed beside the tests.
enum Toolchain {
    static func has(_ program: String) -> Bool {
        ExecutableSearch.folders(ofPath: getenv("PATH").map { String(cString: $0) }).contains {
            ExecutableSearch.state(of: $0.appending(program)) == .executable
        }
    }
}
