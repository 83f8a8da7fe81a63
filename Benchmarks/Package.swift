// swift-tools-version: 6.2
// A package of its own: what it takes is none of TokenCSP's.
import PackageDescription

let package = Package(
    name: "Benchmarks",
    dependencies: [.package(name: "TokenCSP", path: "..")],
    targets: [
        .executableTarget(
            name: "SwiftBench", dependencies: [.product(name: "TokenCSP", package: "TokenCSP")],
            swiftSettings: [.treatAllWarnings(as: .error)])
    ],
    swiftLanguageModes: [.v6]
)
