import SystemPackage
import Testing

@testable import ArtifactStore

/// Which runs' files are kept.
@Suite struct RetentionTests {
    private let files: [FilePath] = ["/run/out.dist", "/run/TempOut.dat", "/run/model.log"]

    @Test("each rule keeps what it says, and nothing else")
    func rules() {
        #expect(ArtifactRetention.all.files(files, of: .stable) == files)
        #expect(ArtifactRetention.all.files(files, of: .unstable) == files)
        #expect(ArtifactRetention.all.files(files, of: .givenUp) == nil)

        let warm = ArtifactRetention.warmStarts(files: ["TempOut.dat", "out.dist"])
        #expect(warm.files(files, of: .stable) == Array(files.prefix(2)))
        #expect(warm.files([files[2]], of: .stable) == nil)
        #expect(warm.files(files, of: .unstable) == nil)
        #expect(warm.files(files, of: .givenUp) == nil)

        #expect(ArtifactRetention.failures.files(files, of: .stable) == nil)
        #expect(ArtifactRetention.failures.files(files, of: .unstable) == files)
        #expect(ArtifactRetention.failures.files(files, of: .givenUp) == files)
    }
}
