import Glibc

/// What libFuzzer is to find: an input for which a target does not come back.
///
/// A target is given bytes from anywhere and ends the process (`expect`) where something that must hold does not. Its
/// seeds lie in Corpus under its name. `FUZZ_TARGET` chooses one; main is libFuzzer's.
private let targets: [String: @Sendable (UnsafeRawBufferPointer) -> Void] = [
    "blob": PlainBlobs.run,
    "blob-agreed": AgreedBlobs.run,
    "blob-encrypted": EncryptedBlobs.run,
    "blob-opaque": OpaqueBlobs.run,
    "blob-simple": SimpleBlobs.run,
    "blob-symmetric-wrap": SymmetricWrapBlobs.run,
    "certificate": Certificates.run,
    "configuration": ConfigurationFiles.run,
    "container-name": ContainerNames.run,
    "domain-parameters": DomainParameterBlobs.run,
    "inf": INFFiles.run,
    "key-unwrap": WrappedKeys.run,
    "manifest": Manifests.run,
    "pkcs8": PrivateKeyInfos.run,
    "providers": ProviderFiles.run,
    "rsa-numbers": RSANumbers.run,
    "sealed-header": SealedHeaders.run,
    "token-record": TokenRecords.run,
]

private let chosen: @Sendable (UnsafeRawBufferPointer) -> Void = {
    let name = environment("FUZZ_TARGET") ?? ""
    guard let target = targets[name] else {
        fatalError("FUZZ_TARGET is \"\(name)\", not one of: \(targets.keys.sorted().joined(separator: " "))")
    }
    return target
}()

@c(LLVMFuzzerTestOneInput)
public func testOneInput(_ bytes: UnsafeRawPointer?, _ count: Int) -> CInt {
    chosen(UnsafeRawBufferPointer(start: bytes, count: count))
    return 0
}

func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

/// Something that holds for every input.
func expect(_ holds: Bool, _ what: @autoclosure () -> String, line: UInt = #line, file: StaticString = #fileID) {
    if !holds { fatalError("does not hold: " + what(), file: file, line: line) }
}
