import TokenCSP

// MARK: Generation

/// Keys as CRYPT_VERIFYCONTEXT makes them: session objects.
func ephemeralPairs(count: Int) throws -> Double {
    let context = try Context.acquire(provider: ellipticCurves, flags: .verifyContext)
    _ = try context.generateKey(.signature)
    return try timed(count) { _ in _ = try context.generateKey(.signature) }
}

/// AES keys, session objects always; on the token, where the configuration does not say otherwise.
func sessionKeys(count: Int) throws -> Double {
    let context = try Context.acquire(container: "bench")
    _ = try context.generateKey(cipher: .aes256)
    return try timed(count) { _ in _ = try context.generateKey(cipher: .aes256) }
}

/// Pairs in containers that are there already, and empty, or with a pair for the other key spec.
func storedPairs(count: Int, isSecond: Bool) throws -> Double {
    let contexts = try (0...count).map {
        try Context.acquire(container: "bench-\($0)", provider: ellipticCurves, flags: .newKeySet)
    }
    if isSecond { for context in contexts { _ = try context.generateKey(.keyExchange) } }
    _ = try contexts[count].generateKey(.signature)
    return try timed(count) { _ = try contexts[$0].generateKey(.signature) }
}

// MARK: Containers

private func open(_ name: String) throws {
    _ = try Context.acquire(container: name, provider: ellipticCurves).userKey(.signature)
}

/// A container that is not there is looked for first, so that the module has started and knows its objects.
private func warm() throws {
    do {
        try open("not there")
    } catch let error as CSPError where error.code == .badKeyset {
        return
    }
}

func opening(_ prefix: String, count: Int) throws -> Double {
    try warm()
    return try timed(count) { try open("\(prefix)-\($0 + 1)") }
}

func reopening(_ name: String, count: Int) throws -> Double {
    try open(name)
    return try timed(count) { _ in try open(name) }
}

func enumerating(count: Int) throws -> Double {
    let context = try Context.acquire(provider: ellipticCurves, flags: .verifyContext)
    guard try !context.containers().isEmpty else { fail("no containers") }
    return try timed(count) { _ in _ = try context.containers() }
}

func deleting(_ prefix: String, count: Int) throws -> Double {
    try warm()
    return try timed(count) { try Context.deleteContainer("\(prefix)-\($0 + 1)", provider: ellipticCurves) }
}

func memory() throws -> Double {
    _ = try enumerating(count: 1)
    return peakKiB()
}
