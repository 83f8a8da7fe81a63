// Makes keys in a container on the token that TOKENCSP_TOKEN names, shows the proof, signs, encrypts and decrypts.
import TokenCSP

func run() throws(CSPError) {
    let context = try openOrCreate("dave")
    let message = Array("hello".utf8)

    // A key that signs and never leaves the token; what the token holds is read back.
    let signer = try context.generateKey(.signature, bits: 2048)
    for line in try signer.report().lines where line.object == "private" {
        print(line.attribute, "asked", line.asked ?? "-", "on token", line.onToken ?? "-", "held by", line.heldBy)
    }
    let hash = try context.makeHash(.sha256)
    try hash.update(message)
    let signature = try hash.sign(with: signer, padding: .pss)  // as openssl reads it
    try hash.verify(signature, with: signer, padding: .pss)
    print(try signer.publicKey().pem(), terminator: "")

    // A message to the owner of an exchange key: under a session key, which goes along encrypted.
    let owner = try context.generateKey(.keyExchange, bits: 2048)
    let session = try context.generateKey(cipher: .aes256, flags: .exportable)
    let vector = try context.random(16)
    try session.setInitializationVector(vector)
    let letter = try encryptInParts(message, with: session)
    let envelope = try session.export(.sessionKey, under: owner, padding: .oaep)

    let opened = try context.importKey(envelope, under: owner, padding: .oaep)
    try opened.setInitializationVector(vector)
    print("decrypted:", String(decoding: try opened.decrypt(letter), as: UTF8.self))
}

/// As a long file would go: in parts of whole blocks, from a span into a span.
func encryptInParts(_ plaintext: [UInt8], with key: Key) throws(CSPError) -> [UInt8] {
    let size = try key.encryptedSize(plaintext.count)
    return try [UInt8](capacity: size) { ciphertext throws(CSPError) in
        var rest = plaintext.span
        while rest.count > 4096 {
            try key.encrypt(rest.extracting(first: 4096), isLast: false, into: &ciphertext)
            rest = rest.extracting(droppingFirst: 4096)
        }
        try key.encrypt(rest, into: &ciphertext)
    }
}

func openOrCreate(_ name: String) throws(CSPError) -> Context {
    do throws(CSPError) {
        return try Context.acquire(container: name)
    } catch {
        guard error.code == .badKeyset else { throw error }
        return try Context.acquire(container: name, flags: .newKeySet)
    }
}

do throws(CSPError) {
    try run()
} catch {
    print("genkey:", error)
}
