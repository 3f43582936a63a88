// swift-tools-version: 6.2
import PackageDescription

/// What every target of ours is compiled with.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let dequeModule = Target.Dependency.product(name: "DequeModule", package: "swift-collections")
let heapModule = Target.Dependency.product(name: "HeapModule", package: "swift-collections")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let metrics = Target.Dependency.product(name: "Metrics", package: "swift-metrics")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let subprocess = Target.Dependency.product(name: "Subprocess", package: "swift-subprocess")
let systemPackage = Target.Dependency.product(name: "SystemPackage", package: "swift-system")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let stencil = Target.Dependency.product(name: "Stencil", package: "Stencil")
let flyingFox = Target.Dependency.product(name: "FlyingFox", package: "FlyingFox")
let flyingSocks = Target.Dependency.product(name: "FlyingSocks", package: "FlyingFox")
let textTable = Target.Dependency.product(name: "TextTable", package: "TextTable")

func room(
    _ name: String, _ dependencies: [Target.Dependency], exclude: [String] = [], resources: [Resource] = []
) -> Target {
    .target(
        name: name, dependencies: dependencies, exclude: exclude, resources: resources, swiftSettings: strict)
}

func role(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .executableTarget(
        name: name, dependencies: ["Exploration", argumentParser] + dependencies, swiftSettings: strict)
}

func tests(_ room: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(
        name: "\(room)Tests", dependencies: dependencies + ["TestSupport", logging], exclude: exclude,
        swiftSettings: strict)
}

let package = Package(
    name: "atmos-explorer",
    products: [
        .library(name: "RedisClient", targets: ["RedisClient"]),
        .library(name: "LeaseQueue", targets: ["LeaseQueue"]),
        .library(name: "RunLedger", targets: ["RunLedger"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.1.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.5.0"),
        .package(url: "https://github.com/apple/swift-system", from: "1.5.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.0.0"),
        .package(url: "https://github.com/ordo-one/TextTable", from: "0.0.2"),
        .package(url: "https://github.com/stencilproject/Stencil", from: "0.15.1"),
        .package(url: "https://github.com/swhitty/FlyingFox", from: "0.27.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.8.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.0"),
    ],
    targets: [
        // The C libraries.
        .systemLibrary(name: "CHiredis"),
        .systemLibrary(name: "CMariaDB", pkgConfig: "libmariadb", providers: [.apt(["libmariadb-dev"])]),
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CCairo", pkgConfig: "cairo", providers: [.apt(["libcairo2-dev"])]),

        // The rooms, each depending only on those above it.
        room("Hashing", ["COpenSSL"]),
        room("RedisClient", ["CHiredis", "COpenSSL", logging]),
        room(
            "LeaseQueue", ["RedisClient", logging], exclude: ["README.md"], resources: [.embedInCode("Scripts")]),
        room(
            "RunLedger", ["CMariaDB", logging], exclude: ["README.md"], resources: [.embedInCode("Migrations")]),
        room("ParameterSpace", ["Hashing"], exclude: ["README.md"]),
        room("Simulation", ["ParameterSpace", dequeModule, heapModule], exclude: ["README.md"]),
        room("HTTPClient", ["CCurl", systemPackage], exclude: ["README.md"]),
        room("ArtifactStore", ["HTTPClient", "Hashing", logging, systemPackage], exclude: ["README.md"]),
        .target(
            name: "CSupervisor", exclude: ["Makefile", "program"],
            cSettings: [.treatAllWarnings(as: .error)]),
        room(
            "ModelRunner", ["CSupervisor", "CZlib", "Hashing", subprocess, systemPackage, logging],
            exclude: ["README.md", "Atmos/README.md"]),
        room(
            "Health",
            [
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "FlyingFox", package: "FlyingFox"), .product(name: "FlyingSocks", package: "FlyingFox"),
                lifecycle, logging,
            ]),
        room("MapDrawing", ["CCairo"]),
        room("LocalStack", [subprocess, systemPackage, logging]),
        room(
            "Exploration",
            [
                "LeaseQueue", "RedisClient", "RunLedger", "ParameterSpace", "ModelRunner", "ArtifactStore", "Hashing",
                "Health", argumentParser, .product(name: "CoreMetrics", package: "swift-metrics"), logging, lifecycle,
                metrics,
                systemPackage, yams,
            ], exclude: ["Reconcile/README.md"]),
        room(
            "Kubernetes",
            [
                "Exploration", "HTTPClient", "Hashing", "LeaseQueue", argumentParser, logging, metrics, stencil,
                subprocess,
                systemPackage, yams,
            ], exclude: ["README.md", "SCALING.md"]),

        // The executables.
        role(
            "atmos",
            [
                "LocalStack", "MapDrawing", "LeaseQueue", "RunLedger", "RedisClient", "ModelRunner", "ParameterSpace",
                "Simulation", "Hashing", logging, systemPackage, textTable, unixSignals,
            ]),
        role("atmos-starter", ["LeaseQueue"]),
        role("atmos-sql-client", ["Health", "LeaseQueue", "RunLedger", lifecycle, logging]),
        role("atmos-master", ["Health", "LeaseQueue"]),
        role("atmos-worker", ["ArtifactStore", "Health", "LeaseQueue", "ModelRunner", logging, systemPackage]),
        role("atmos-kill", ["Kubernetes", "LeaseQueue", logging]),
        role(
            "atmos-scaler",
            ["Health", "Kubernetes", "LeaseQueue", "RunLedger", flyingFox, flyingSocks, lifecycle, logging]),

        // Measure the strategies and the running of models; beside the other benchmarks, but of this package, whose rooms
        // they use.
        .executableTarget(
            name: "strategy-benchmark", dependencies: ["ParameterSpace", "MapDrawing", argumentParser],
            path: "scripts/benchmarks/Sources/strategy-benchmark", swiftSettings: strict),
        // Shows how workers follow their work; apart from the scaler, which needs no Cairo.
        .executableTarget(
            name: "scaling-simulation", dependencies: ["Kubernetes", "MapDrawing", argumentParser],
            path: "scripts/benchmarks/Sources/scaling-simulation", swiftSettings: strict),
        .executableTarget(
            name: "model-benchmark", dependencies: ["ModelRunner", systemPackage],
            path: "scripts/benchmarks/Sources/model-benchmark", swiftSettings: strict),

        // The tests.
        room("TestSupport", ["LocalStack", "RedisClient", "RunLedger", subprocess, systemPackage, logging]),
        tests("ParameterSpace", ["ParameterSpace", "Hashing"]),
        tests("Simulation", ["Simulation", "ParameterSpace"]),
        tests("RedisClient", ["RedisClient", "LocalStack"]),
        tests("LeaseQueue", ["LeaseQueue", "RedisClient", "LocalStack"]),
        tests(
            "RunLedger", ["RunLedger", "LocalStack", subprocess, systemPackage], exclude: ["read_back.py"]),
        tests("HTTPClient", ["HTTPClient", "Hashing", systemPackage]),
        tests("ArtifactStore", ["ArtifactStore", "HTTPClient", "Hashing", subprocess, systemPackage]),
        tests("ModelRunner", ["ModelRunner", systemPackage], exclude: ["Atmos/Package"]),
        tests("ColumnModel", ["ModelRunner", subprocess, systemPackage]),
        tests("Health", ["Health", "HTTPClient", lifecycle, metrics]),
        tests("MapDrawing", ["MapDrawing"]),
        tests(
            "Kubernetes",
            [
                "Kubernetes", "Exploration", "HTTPClient", "Hashing", "LeaseQueue", "RedisClient", subprocess,
                systemPackage, yams,
            ]),
        tests("LocalStack", ["LocalStack", subprocess, systemPackage]),
        tests(
            "Exploration",
            [
                "Exploration", "ArtifactStore", "ModelRunner", "ParameterSpace", "LeaseQueue", "RunLedger",
                systemPackage,
            ]),
        tests(
            "Manifest", ["LeaseQueue", "LocalStack", "RedisClient", "RunLedger", subprocess, systemPackage, yams],
            exclude: ["validate.py"]),
        tests(
            "Ring",
            [
                "Exploration", "HTTPClient", "Kubernetes", "LeaseQueue", "LocalStack", "ModelRunner", "ParameterSpace",
                "RedisClient", "RunLedger", subprocess, systemPackage, yams,
                .product(name: "FlyingFox", package: "FlyingFox"), .product(name: "FlyingSocks", package: "FlyingFox"),
            ]),
    ]
)
