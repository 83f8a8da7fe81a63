// Makes a signature key in a container on the token that TOKENCSP_TOKEN names, shows the proof, signs.
import TokenCSP

func run() throws(CSPError) {
    let context = try openOrCreate("dave")
    let key = try context.generateKey(.signature, bits: 2048)
    for line in try key.report().lines where line.object == "private" {
        print(line.attribute, "asked", line.asked ?? "-", "on token", line.onToken ?? "-", "held by", line.heldBy)
    }

    let hash = try context.makeHash(.sha256)
    try hash.update(Array("hello".utf8))
    let signature = try hash.sign(.signature)  // CryptoAPI's byte order; openssl wants it reversed
    try hash.verify(signature, key: key)
    print(try key.publicKey().pem())
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
