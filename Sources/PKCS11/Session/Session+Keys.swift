internal import CPKCS11

/// The two halves of a key pair.
public struct KeyPair<Half> {
    public let publicKey: Half
    public let privateKey: Half

    public init(publicKey: Half, privateKey: Half) {
        self.publicKey = publicKey
        self.privateKey = privateKey
    }
}

extension KeyPair: Sendable where Half: Sendable {}

extension Session {
    /// Generates a secret key (C_GenerateKey) as the template says. A token key: use inside `token.writing`.
    public func generateKey(_ mechanism: Mechanism, _ template: Template) throws(PKCS11Error) -> ObjectHandle {
        var key: CK_OBJECT_HANDLE = 0
        let answer = mechanism.withUnsafeMechanism { mechanism in
            template.withUnsafeAttributes { functions.pointee.C_GenerateKey?(handle, mechanism, $0, $1, &key) }
        }
        try check(answer, "C_GenerateKey")
        return ObjectHandle(rawValue: key)
    }

    /// Generates a key pair (C_GenerateKeyPair). For token keys: use inside `token.writing`.
    public func generateKeyPair(
        _ mechanism: Mechanism, publicKey: Template, privateKey: Template
    ) throws(PKCS11Error) -> KeyPair<ObjectHandle> {
        var publicHandle: CK_OBJECT_HANDLE = 0
        var privateHandle: CK_OBJECT_HANDLE = 0
        let answer = mechanism.withUnsafeMechanism { mechanism in
            publicKey.withUnsafeAttributes { publicAttributes, publicCount in
                privateKey.withUnsafeAttributes { privateAttributes, privateCount in
                    functions.pointee.C_GenerateKeyPair?(
                        handle, mechanism, publicAttributes, publicCount, privateAttributes, privateCount,
                        &publicHandle, &privateHandle
                    )
                }
            }
        }
        try check(answer, "C_GenerateKeyPair")
        return KeyPair(
            publicKey: ObjectHandle(rawValue: publicHandle),
            privateKey: ObjectHandle(rawValue: privateHandle)
        )
    }

    /// Keeps a session object that this session made for as long as the answer lives.
    public func own(_ object: ObjectHandle) -> SessionObject {
        SessionObject(object, in: self)
    }

    /// Wraps a key under another (C_WrapKey). `maximumSize` in bytes.
    public func wrap(
        _ key: ObjectHandle, under wrappingKey: ObjectHandle, _ mechanism: Mechanism, maximumSize: Int
    ) throws(PKCS11Error) -> [UInt8] {
        try produce("C_WrapKey", maximumSize: maximumSize) { output, count in
            mechanism.withUnsafeMechanism {
                functions.pointee.C_WrapKey?(handle, $0, wrappingKey.rawValue, key.rawValue, output, count)
            }
        }
    }

    /// Unwraps a key onto the token (C_UnwrapKey) as the template says.
    public func unwrap(
        _ wrapped: [UInt8], under unwrappingKey: ObjectHandle, _ mechanism: Mechanism, _ template: Template
    ) throws(PKCS11Error) -> ObjectHandle {
        var key: CK_OBJECT_HANDLE = 0
        let answer = wrapped.withUnsafeBytes { wrapped in
            mechanism.withUnsafeMechanism { mechanism in
                template.withUnsafeAttributes { attributes, count in
                    functions.pointee.C_UnwrapKey?(
                        handle, mechanism, unwrappingKey.rawValue, wrapped.mutableBytes, CK_ULONG(wrapped.count),
                        attributes,
                        count, &key
                    )
                }
            }
        }
        try check(answer, "C_UnwrapKey")
        return ObjectHandle(rawValue: key)
    }

    /// Calls a function that fills a buffer and tells how much of it.
    func produce(
        _ function: StaticString, maximumSize: Int,
        _ body: (UnsafeMutablePointer<UInt8>?, UnsafeMutablePointer<CK_ULONG>) -> CK_RV?
    ) throws(PKCS11Error) -> [UInt8] {
        // No caller needs more than a message of many MiB; a wild number must not stop the process.
        guard (0...1 << 31).contains(maximumSize) else {
            throw .returned(.argumentsBad, function.description, "an output of \(maximumSize) bytes")
        }
        var answer: CK_RV?
        let bytes = [UInt8](unsafeUninitializedCapacity: max(maximumSize, 1)) { buffer, count in
            buffer.initialize(repeating: 0)
            var length = CK_ULONG(maximumSize)
            answer = body(buffer.baseAddress, &length)
            // tpm2-pkcs11 and NSS have told lengths beyond the buffer.
            count = answer == 0 ? min(Int(clamping: length), maximumSize) : 0
            // Some leave more there than they tell of, and the caller wipes what it sees.
            wipe(UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[count...]))
        }
        try check(answer, function)
        return bytes
    }
}
