// swift-tools-version: 6.2
import PackageDescription

// A separate package, so that the project is built and tested without it.
let package = Package(
    name: "ledger-benchmark",
    dependencies: [
        .package(name: "atmos-explorer", path: "../../.."),
        .package(url: "https://github.com/apple/swift-log", from: "1.6.0"),
    ],
    targets: [
        .executableTarget(
            name: "ledger-benchmark",
            dependencies: [
                .product(name: "RunLedger", package: "atmos-explorer"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: [
                .swiftLanguageMode(.v6), .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
                .treatAllWarnings(as: .error),
            ])
    ]
)
