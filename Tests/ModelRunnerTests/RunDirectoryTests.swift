import Glibc
import Support
import SystemPackage
import Testing

@testable import ModelRunner

/// The files that a model finds in its run directory.
@Suite("A run directory")
struct RunDirectoryTests {
    let fixture: ModelFixture

    init() throws {
        fixture = try ModelFixture()
    }

    @Test("the point is written with its exact digits, as JSON and as a namelist")
    func point_hasExactDigits() throws {
        let directory = try fixture.runDirectory()
        try RunDirectory(directory).prepare(ModelFixture.point, limits: RunLimits(memoryBytes: 1 << 30), parent: nil)
        #expect(
            try fixture.read(directory.appending("point.json")) == """
                {
                  "hash": "\(String(repeating: "ab", count: 32))",
                  "code": "0.21,1.63e-6",
                  "parameters": {"O2": 0.21, "CH4": 1.63e-6}
                }

                """)
        #expect(try fixture.read(directory.appending("point.nml")) == "&point\n  O2 = 0.21\n  CH4 = 1.63e-6\n/\n")
        #expect(
            try fixture.read(directory.appending("limits.json")) == """
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
    func namelist_isReadByFortran() async throws {
        try fixture.write(
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
        let directory = try fixture.runDirectory()
        let extremes = [NamedValue(name: "SMALL", value: "-5.0e-300"), NamedValue(name: "whole", value: "3")]
        let input = ModelInput(hash: "", code: "", values: ModelFixture.point.values + extremes)
        try RunDirectory(directory).prepare(input, limits: RunLimits(), parent: nil)
        let status = await fixture.shell(
            "gfortran -o reader reader.f90 && cd '\(directory)' && ../reader && ../reader stdin < point.nml")
        #expect(status == 0)
    }

    @Test("the parent's files are copied")
    func parentFiles_areCopied() throws {
        let source = try fixture.runDirectory()
        try fixture.write("profile", to: "\(source.lastComponent!.string)/profile.dat")
        symlink("/etc/passwd", source.appending("link").string)
        let directory = try fixture.runDirectory()
        try RunDirectory(directory).prepare(ModelFixture.point, limits: RunLimits(), parent: source)
        #expect(try FolderContents.names(in: directory.appending("parent")) == ["profile.dat"])
        #expect(try fixture.read(directory.appending("parent").appending("profile.dat")) == "profile")
    }

    @Test("a parent in the run directory is not changed")
    func parentInPlace_isUnchanged() throws {
        let directory = try fixture.runDirectory()
        mkdir(directory.appending("parent").string, 0o755)
        try fixture.write("profile", to: "\(directory.lastComponent!.string)/parent/profile.dat")
        try RunDirectory(directory).prepare(
            ModelFixture.point, limits: RunLimits(), parent: directory.appending("parent"))
        #expect(try fixture.read(directory.appending("parent").appending("profile.dat")) == "profile")
    }

    @Test("a directory that is not empty is refused")
    func usedDirectory_isRefused() throws {
        let directory = try fixture.runDirectory()
        try fixture.write("{}", to: "\(directory.lastComponent!.string)/result.json")
        let failure = #expect(throws: ModelFailure.self) {
            try RunDirectory(directory).prepare(ModelFixture.point, limits: RunLimits(), parent: nil)
        }
        #expect(failure?.kind == .spawn)
        #expect(failure?.message.contains("it contains 'result.json'") == true)
    }

    @Test(
        "invalid names and values are refused",
        arguments: [
            ("O2", ".5"), ("O2", "5."), ("O2", "+1"), ("O2", "0x1"), ("O2", "nan"), ("O2", "1e"), ("O2", ""),
            ("O2", "01"),
            ("O2", "1 /\n&evil"), ("2O", "1"), ("O-2", "1"), ("", "1"), ("Ö2", "1"),
            (String(repeating: "x", count: 64), "1"),
        ])
    func invalidNameOrValue_isRefused(name: String, value: String) throws {
        let input = ModelInput(hash: "", code: "", values: [NamedValue(name: name, value: value)])
        let failure = #expect(throws: ModelFailure.self) {
            try RunDirectory(fixture.runDirectory()).prepare(input, limits: RunLimits(), parent: nil)
        }
        #expect(failure?.kind == .input)
    }

    @Test("names that differ only in case, which are the same in Fortran, are refused")
    func namesDifferingInCase_areRefused() throws {
        let values = [NamedValue(name: "CO", value: "1"), NamedValue(name: "Co", value: "2")]
        #expect(throws: ModelFailure.self) {
            try RunDirectory(fixture.runDirectory()).prepare(
                ModelInput(hash: "", code: "", values: values), limits: RunLimits(), parent: nil)
        }
    }

    @Test("text in point.json is quoted")
    func text_isQuoted() {
        #expect(JSONText.quoted("a\"b\\c\nd\u{1}\u{1f}é") == #""a\"b\\c\nd\u0001\u001fé""#)
    }

    @Test("all forms of JSON numbers are accepted", arguments: ["0", "-0.5", "10", "1.63e-6", "4E+2", "0.00", "1e300"])
    func jsonNumbers_areAccepted(text: String) {
        #expect(InputText.isNumber(text))
    }
}

/// The programs on this machine.
enum Toolchain {
    static func has(_ program: String) -> Bool {
        ExecutableSearch.folders(ofPath: getenv("PATH").map { String(cString: $0) }).contains {
            ExecutableSearch.state(of: $0.appending(program)) == .executable
        }
    }
}
