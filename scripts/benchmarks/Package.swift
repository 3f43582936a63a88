// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)]

// A separate package, so that the project is built and tested without it.
let package = Package(
    name: "benchmarks",
    dependencies: [
        .package(name: "atmos-explorer", path: "../.."),
        .package(url: "https://github.com/apple/swift-log", from: "1.6.0"),
        .package(url: "https://github.com/ordo-one/TextTable", from: "0.0.2"),
    ],
    targets: [
        // The measured program. The program that measures it is separate, so that its memory does not count.
        .executableTarget(
            name: "lease-queue-client",
            dependencies: [
                .product(name: "LeaseQueue", package: "atmos-explorer"),
                .product(name: "RedisClient", package: "atmos-explorer"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "queue-benchmark",
            dependencies: [
                .product(name: "RedisClient", package: "atmos-explorer"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "TextTable", package: "TextTable"),
            ],
            swiftSettings: strict),
        .executableTarget(name: "ring-benchmark", swiftSettings: strict),
    ]
)
