// swift-tools-version: 6.2
// Layers point strictly down; CONTRIBUTING.md says what each may import.
import PackageDescription

let package = Package(
    name: "TokenCSP",
    products: [
        .library(name: "PKCS11", targets: ["PKCS11"]),
        .library(name: "TokenCSP", targets: ["TokenCSP"]),
        .library(name: "TokenCSPCertificates", targets: ["TokenCSPCertificates"]),
        // Installed as libtokencsp.so by scripts/install: SwiftPM allows no second product named tokencsp.
        .library(name: "WinCryptABI", type: .dynamic, targets: ["WinCryptABI"]),
        .executable(name: "tokencsp", targets: ["TokenCSPTool"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-asn1.git", from: "1.7.0"),
        .package(url: "https://github.com/apple/swift-certificates.git", from: "1.21.0"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.0"),
    ],
    targets: [
        .systemLibrary(name: "CPKCS11", pkgConfig: "p11-kit-1", providers: [.apt(["libp11-kit-dev"])]),
        .systemLibrary(name: "CNettle", pkgConfig: "hogweed", providers: [.apt(["nettle-dev", "libgmp-dev"])]),
        // Private keys from the files of others, by GnuTLS: its headers alone, for it is loaded at first use.
        .target(name: "CGnuTLS"),
        .target(name: "CWinCrypt"),
        .target(name: "PKCS11", dependencies: ["CPKCS11"]),
        .target(
            name: "TokenCSP",
            dependencies: ["PKCS11", "CNettle", .product(name: "Logging", package: "swift-log")]
        ),
        .target(name: "WinCryptABI", dependencies: ["TokenCSP", "CWinCrypt"]),
        .target(
            name: "TokenCSPCertificates",
            dependencies: [
                "TokenCSP",
                .product(name: "SwiftASN1", package: "swift-asn1"),
                .product(name: "X509", package: "swift-certificates"),
            ]
        ),
        .executableTarget(
            name: "TokenCSPTool",
            dependencies: [
                "TokenCSP", "TokenCSPCertificates", "PKCS11", "CGnuTLS",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]
        ),
        .testTarget(name: "PKCS11Tests", dependencies: ["PKCS11", "TestTokens"]),
        .testTarget(name: "TokenCSPTests", dependencies: ["TokenCSP", "PKCS11", "TestTokens"]),
        .testTarget(
            name: "TokenCSPCertificatesTests", dependencies: ["TokenCSPCertificates", "TestTokens"], packageAccess: false),
        .testTarget(name: "WinCryptABITests", dependencies: ["WinCryptABI", "TokenCSP", "CWinCrypt"]),
        // The API as a program outside the package sees it.
        .testTarget(name: "PublicAPITests", dependencies: ["TokenCSP", "TestTokens"], packageAccess: false),
        // Throw-away tokens for the tests.
        .target(name: "TestTokens", dependencies: ["PKCS11"], path: "Tests/TestTokens"),
    ],
    swiftLanguageModes: [.v6]
)

for target in package.targets where target.type != .system && !["CWinCrypt", "CGnuTLS"].contains(target.name) {
    target.swiftSettings = [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
        .treatAllWarnings(as: .error),
    ]
}
