// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)]

// A package of its own, so that the project is built and tested without it.
let package = Package(
    name: "benchmarks",
    dependencies: [
        .package(name: "atmos-explorer", path: "../.."),
        .package(url: "https://github.com/apple/swift-log", from: "1.6.0"),
    ],
    targets: [
        .executableTarget(
            name: "queue-benchmark",
            dependencies: [
                .product(name: "LeaseQueue", package: "atmos-explorer"),
                .product(name: "RedisClient", package: "atmos-explorer"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),
        .executableTarget(name: "ring-benchmark", swiftSettings: strict),
    ]
)
