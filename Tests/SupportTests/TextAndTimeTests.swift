import Support
import Testing

@Suite("Text and time")
struct TextAndTimeTests {
    @Test(
        "a time span is read with its unit",
        arguments: [("250ms", 0.25), ("60s", 60), ("2.5m", 150), ("1h", 3600), ("2d", 172_800), ("1w", 604_800)])
    func timeSpanReadsUnits(_ text: String, _ seconds: Double) throws {
        #expect(try #require(TimeSpan(text)).seconds == seconds)
    }

    @Test(
        "a time span that is not one is refused",
        arguments: ["", "5", "s", "-1s", "1e3s", "1 s", "1y", "NaNs", "infs", "1.2.3s", "99999999999999w", "٣s"])
    func timeSpanRefusesOtherText(_ text: String) {
        #expect(TimeSpan(text) == nil)
    }

    @Test(
        "a time span is written in the units that fit",
        arguments: [
            (0, "0 ms"), (0.25, "250 ms"), (4.2, "4.2 s"), (12, "12 s"), (59.97, "1 min 00 s"), (200, "3 min 20 s"),
            (7_500, "2 h 05 min"), (97_200, "1 d 03 h"), (.infinity, "-"), (.nan, "-"), (-5, "-5 s"),
        ])
    func timeSpanWritesUnits(_ seconds: Double, _ text: String) {
        #expect(TimeSpan.text(seconds: seconds) == text)
    }

    @Test("a time of day is written in UTC, and read again")
    func utcRoundTrip() {
        #expect(UTC.compact(1_440_938_160) == "20150830T123600Z")
        #expect(UTC.text(1_440_938_160) == "2015-08-30T12:36:00Z")
        #expect(UTC.text(microseconds: 1_440_938_160_000_123) == "2015-08-30T12:36:00.000123Z")
        #expect(UTC.text(microseconds: -1) == "1969-12-31T23:59:59.999999Z")
        #expect(UTC.readable(microseconds: 1_440_938_160_123_456) == "2015-08-30 12:36:00.123")
        #expect(UTC.seconds("2015-08-30T12:36:00.5Z") == 1_440_938_160)
        #expect(UTC.seconds("2015-08-30T12:36:00+01:00") == nil)
    }

    @Test("a back-off doubles up to its cap, and starts again after a success")
    func backoffDoubles() {
        let backoff = Backoff(base: .seconds(1), cap: .seconds(5), jitter: .none)
        #expect((1...5).map { backoff.bound(afterFailures: $0) } == [1, 2, 4, 5, 5].map { .seconds($0) })
        var counter = Backoff.Counter(backoff)
        #expect([counter.next(), counter.next(), counter.next()] == [1, 2, 4].map { .seconds($0) })
        counter.reset()
        #expect(counter.next() == .seconds(1))
    }

    @Test("jitter keeps a wait below its bound, and partial jitter above a quarter of it")
    func backoffJitter() {
        var generator = SplitMix64(seed: 1)
        for jitter in [Backoff.Jitter.full, .partial] {
            let backoff = Backoff(base: .seconds(8), cap: .seconds(8), jitter: jitter)
            let waits = (0..<1000).map { _ in backoff.delay(afterFailures: 1, using: &generator) }
            #expect(waits.allSatisfy { $0 <= .seconds(8) })
            #expect(waits.contains { $0 < .seconds(2) } == (jitter == .full))
        }
    }

    @Test("the random numbers of a seed are those of the published generator")
    func splitMix64MatchesReference() {
        // The first outputs of Vigna's splitmix64.c for the seed 1234567.
        var generator = SplitMix64(seed: 1_234_567)
        #expect(generator.next() == 6_457_827_717_110_365_317)
        #expect(generator.next() == 3_203_168_211_198_807_973)
    }
}
