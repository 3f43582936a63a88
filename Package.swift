// swift-tools-version: 6.2
import PackageDescription

/// The settings that every target is compiled with.
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
let coreMetrics = Target.Dependency.product(name: "CoreMetrics", package: "swift-metrics")
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

func module(
    _ name: String, _ dependencies: [Target.Dependency], exclude: [String] = [], resources: [Resource] = []
) -> Target {
    .target(
        name: name, dependencies: dependencies, exclude: exclude, resources: resources, swiftSettings: strict)
}

func executable(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .executableTarget(
        name: name,
        dependencies: ["CommandLineKit", "ExplorationFile", "Pipeline", "Support", argumentParser] + dependencies,
        swiftSettings: strict)
}

/// The tests of a module, in a folder called after it.
///
/// - Parameter ofModule: whether `name` is a module of ours; otherwise the tests are of whole programs or files.
func tests(
    _ name: String, ofModule: Bool = true, _ dependencies: [Target.Dependency], exclude: [String] = []
) -> Target {
    .testTarget(
        name: "\(name)Tests",
        dependencies: (ofModule ? [.target(name: name)] : []) + (name == "Support" ? [] : ["Support"])
            + dependencies + ["TestSupport", logging],
        exclude: exclude, swiftSettings: strict)
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

        // Hashes, text, time, back-off, locks: code that several modules need.
        module("Support", ["COpenSSL", systemPackage]),

        // The clients of servers, each knowing nothing of atmospheres.
        module("RedisClient", ["CHiredis", "COpenSSL", "Support", dequeModule, logging]),
        module(
            "LeaseQueue", ["RedisClient", "Support", logging], exclude: ["README.md"],
            resources: [.embedInCode("Scripts")]),
        module(
            "RunLedger", ["CMariaDB", "Support", logging], exclude: ["README.md"],
            resources: [.embedInCode("Migrations")]),
        module("HTTPClient", ["CCurl", "Support", systemPackage], exclude: ["README.md"]),
        module("ArtifactStore", ["HTTPClient", "Support", logging, systemPackage], exclude: ["README.md"]),
        module(
            "KubernetesClient", ["HTTPClient", "Support", logging, subprocess, systemPackage, yams],
            exclude: ["README.md"]),

        // The domain.
        module("ParameterSpace", ["Support"], exclude: ["README.md"]),
        module("Simulation", ["ParameterSpace", "Support", dequeModule, heapModule], exclude: ["README.md"]),
        .target(
            name: "CSupervisor", exclude: ["Makefile", "program"],
            cSettings: [.treatAllWarnings(as: .error)]),
        module(
            "ModelRunner", ["CSupervisor", "CZlib", "Support", subprocess, systemPackage, logging],
            exclude: ["README.md", "VPLAtmos/README.md"]),
        module(
            "ExplorationFile", ["ArtifactStore", "ModelRunner", "ParameterSpace", "Support", systemPackage, yams]),

        // The roles of the ring, and what surrounds them.
        module("Health", ["Support", coreMetrics, flyingFox, flyingSocks, lifecycle, logging]),
        module(
            "Pipeline",
            [
                "ArtifactStore", "ExplorationFile", "Health", "LeaseQueue", "ModelRunner", "ParameterSpace",
                "RedisClient", "RunLedger", "Support", coreMetrics, lifecycle, logging, metrics, systemPackage,
            ], exclude: ["Reconcile/README.md"]),
        module("MapDrawing", ["CCairo"]),
        module("LocalStack", ["Support", subprocess, systemPackage, logging]),
        module(
            "Scaler",
            [
                "ExplorationFile", "HTTPClient", "Health", "KubernetesClient", "LeaseQueue", "Pipeline", "Support",
                argumentParser, logging, metrics, stencil, systemPackage, yams,
            ], exclude: ["README.md"]),
        module(
            "CommandLineKit",
            [
                "ArtifactStore", "ExplorationFile", "Health", "LeaseQueue", "ModelRunner", "Pipeline", "RedisClient",
                "RunLedger", "Support", argumentParser, lifecycle, logging, metrics, unixSignals,
            ]),

        // The executables.
        executable(
            "atmos",
            [
                "ArtifactStore", "LocalStack", "MapDrawing", "LeaseQueue", "RunLedger", "RedisClient", "ModelRunner",
                "ParameterSpace",
                "Simulation", logging, systemPackage, textTable, unixSignals,
            ]),
        executable("atmos-starter", ["LeaseQueue"]),
        executable("atmos-sql-client", ["Health", "LeaseQueue", "RunLedger", lifecycle, logging]),
        executable("atmos-master", ["Health", "LeaseQueue"]),
        executable("atmos-worker", ["ArtifactStore", "Health", "LeaseQueue", "ModelRunner", logging, systemPackage]),
        executable("atmos-kill", ["KubernetesClient", "LeaseQueue", "Scaler", logging]),
        executable(
            "atmos-scaler",
            [
                "Health", "KubernetesClient", "LeaseQueue", "RunLedger", "Scaler", flyingFox, flyingSocks, lifecycle,
                logging,
            ]),

        // Measure the strategies and the running of models. They are next to the other benchmarks, but in this package,
        // whose modules they use.
        .executableTarget(
            name: "strategy-benchmark", dependencies: ["MapDrawing", "ParameterSpace", "Simulation", argumentParser],
            path: "scripts/benchmarks/Sources/strategy-benchmark", swiftSettings: strict),
        // Shows how workers follow their work; apart from the scaler, which needs no Cairo.
        .executableTarget(
            name: "scaling-simulation", dependencies: ["MapDrawing", "ScalingSimulation", argumentParser],
            path: "scripts/benchmarks/Sources/scaling-simulation", swiftSettings: strict),
        .executableTarget(
            name: "model-benchmark", dependencies: ["ModelRunner", systemPackage],
            path: "scripts/benchmarks/Sources/model-benchmark", swiftSettings: strict),

        // The tests.
        .target(
            name: "TestSupport",
            dependencies: ["LocalStack", "RedisClient", "RunLedger", "Support", subprocess, systemPackage, logging],
            path: "Tests/TestSupport", swiftSettings: strict),
        .target(
            name: "ScalingSimulation", dependencies: ["Scaler", "Support"], path: "Tests/ScalingSimulation",
            swiftSettings: strict),
        tests("Support", []),
        tests("ParameterSpace", ["Simulation"]),
        tests("Simulation", ["ParameterSpace"]),
        tests("RedisClient", ["LocalStack"]),
        tests("LeaseQueue", ["RedisClient", "LocalStack"]),
        tests("RunLedger", ["LocalStack", subprocess, systemPackage], exclude: ["read_back.py"]),
        tests("HTTPClient", [systemPackage]),
        tests("ArtifactStore", ["HTTPClient", subprocess, systemPackage]),
        tests("ModelRunner", [systemPackage], exclude: ["VPLAtmos/Package"]),
        tests("ColumnModel", ofModule: false, ["ModelRunner", subprocess, systemPackage]),
        tests("ExplorationFile", ["ArtifactStore", "ModelRunner", "ParameterSpace", systemPackage]),
        tests("Health", ["HTTPClient", lifecycle, metrics]),
        tests("MapDrawing", []),
        tests(
            "Kubernetes", ofModule: false,
            [
                "ExplorationFile", "HTTPClient", "KubernetesClient", "LeaseQueue", "Pipeline", "RedisClient", "Scaler",
                "ScalingSimulation", subprocess, systemPackage, yams,
            ]),
        tests("LocalStack", [subprocess, systemPackage]),
        tests(
            "Pipeline", ["ExplorationFile", "LeaseQueue", "ModelRunner", "ParameterSpace", "RedisClient", "RunLedger"]),
        tests("CommandLineKit", ["ExplorationFile", argumentParser]),
        tests(
            "Manifest", ofModule: false,
            [
                "ExplorationFile", "LeaseQueue", "LocalStack", "RedisClient", "RunLedger", subprocess, systemPackage,
                yams,
            ],
            exclude: ["validate.py"]),
        tests(
            "Ring", ofModule: false,
            [
                "CommandLineKit", "ExplorationFile", "HTTPClient", "KubernetesClient", "LeaseQueue", "LocalStack",
                "ModelRunner", "ParameterSpace", "Pipeline", "RedisClient", "RunLedger", "Scaler", "Simulation",
                subprocess, systemPackage, yams, flyingFox, flyingSocks,
            ]),
    ]
)
