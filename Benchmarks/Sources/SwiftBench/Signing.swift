import TokenCSP

let ellipticCurves = "TokenCSP Elliptic Curve Provider"

private func signer(isRSA: Bool) throws -> (context: Context, key: Key) {
    let context =
        try isRSA ? Context.acquire(container: "bench") : Context.acquire(container: "curve", provider: ellipticCurves)
    return (context, try context.userKey(.signature))
}

/// A digest is put into a hash, and the hash is signed: what CryptSetHashParam and CryptSignHash do.
private func work(_ signer: (context: Context, key: Key)) throws -> () throws -> Void {
    let hash = try signer.context.makeHash(.sha256)
    let digest = [UInt8](repeating: 7, count: 32)
    return {
        try hash.setValue(digest)
        _ = try hash.sign(with: signer.key)
    }
}

func signing(isRSA: Bool, threads: Int, milliseconds: Int) throws -> Double {
    let signer = try signer(isRSA: isRSA)
    return throughput(try (0..<threads).map { _ in try work(signer) }, milliseconds: milliseconds)
}

func signing(isRSA: Bool, count: Int) throws -> Double {
    let work = try work(signer(isRSA: isRSA))
    return try timed(count) { _ in try work() }
}
