// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "genkey",
    dependencies: [.package(name: "TokenCSP", path: "../..")],
    targets: [.executableTarget(name: "genkey", dependencies: [.product(name: "TokenCSP", package: "TokenCSP")])]
)
