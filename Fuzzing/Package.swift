// swift-tools-version: 6.2
// A package of its own: who builds TokenCSP does not build this. scripts/fuzz builds and runs it.
import PackageDescription

let package = Package(
    name: "Fuzzing",
    dependencies: [.package(name: "TokenCSP", path: "..")],
    targets: [
        .executableTarget(
            name: "Fuzzing",
            dependencies: [
                .product(name: "TokenCSP", package: "TokenCSP"), .product(name: "PKCS11", package: "TokenCSP"),
            ],
            path: "Sources",
            swiftSettings: [
                .enableUpcomingFeature("ExistentialAny"),
                .enableUpcomingFeature("MemberImportVisibility"),
                .enableUpcomingFeature("InternalImportsByDefault"),
                .treatAllWarnings(as: .error),
            ]
        )
    ],
    swiftLanguageModes: [.v6]
)
