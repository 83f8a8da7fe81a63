import TokenCSP

/// Holds a manifest against the token: every field that the token can contradict.
struct Attestation {
    let manifest: Manifest
    /// Ask nobody, log in nowhere: the public halves.
    let isPublicOnly: Bool

    /// Whether this context sees private objects, and what kept it from that.
    private(set) var blindness: String?
    private let root: Context
    /// By key set: what the token has, by CKA_ID.
    private var listings: [Manifest.KeySetName: [String: [KeySummary]]] = [:]

    /// - Parameter root: a context without a container.
    init(_ manifest: Manifest, root: Context, isPublicOnly: Bool) throws {
        (self.manifest, self.root, self.isPublicOnly) = (manifest, root, isPublicOnly)
        if isPublicOnly {
            blindness = "--public-only"
        } else {
            do throws(CSPError) {
                try root.logIn()
            } catch {
                guard error.code == .notAuthenticated || error.code == .silentContext else { throw error }
                blindness = error.reason
            }
        }
        // After the login: a pair whose public half is gone shows then only.
        for keySet in Manifest.KeySetName.allCases {
            let context = keySet == .machine ? try root.listing(flags: .machineKeySet) : root
            listings[keySet] = Dictionary(grouping: try context.keys()) { hexadecimal($0.id) }
        }
    }

    // MARK: - The token

    /// What differs of the tokens that the runs were made on, and what is another version.
    func checkToken() throws -> (differences: [Difference], notes: [Difference]) {
        let found = try root.tokenDescription()
        let (token, module) = (Manifest.Token(found), Manifest.Module(found))
        var differences: [Difference] = []
        var notes: [Difference] = []
        for run in manifest.runs {
            for (field, path) in [
                ("label", \Manifest.Token.label), ("manufacturer", \.manufacturer), ("model", \.model),
                ("serial", \.serial), ("uri", \.uri),
            ] {
                differences.hold("token." + field, run.token[keyPath: path], token[keyPath: path])
            }
            for (field, path) in [
                ("hardware_version", \Manifest.Token.hardwareVersion), ("firmware_version", \.firmwareVersion),
            ] {
                notes.hold("token." + field, run.token[keyPath: path], token[keyPath: path])
            }
            for (field, path) in [
                ("description", \Manifest.Module.description), ("manufacturer", \.manufacturer), ("version", \.version),
            ] {
                notes.hold("module." + field, run.module[keyPath: path], module[keyPath: path])
            }
        }
        return (differences.withoutRepetition, notes.withoutRepetition)
    }

    /// The keys on the token that the manifest does not have.
    func extraKeys() -> [ExtraKey] {
        let known = Set(manifest.keys.map(\.id))
        let extra = listings.flatMap { keySet, keys in
            keys.filter { !known.contains($0.key) }.values.joined().map { ExtraKey($0, keySet) }
        }
        return extra.sorted { ($0.container, $0.spec, $0.id) < ($1.container, $1.spec, $1.id) }
    }

    // MARK: - A key

    func check(_ key: Manifest.Key, of run: Manifest.Run) throws -> KeyAttestation {
        var result = KeyAttestation(key)
        result.differences = ownContradictions(key)
        let listing = listings[run.keySet] ?? [:]
        var found = listing[key.id] ?? []
        if found.isEmpty {
            // Another key in its place.
            found = listing.values.joined().filter { other in
                other.container == key.container && other.algorithm.name == key.algorithm
                    && other.specs.contains { $0.argument == key.spec }
            }
            guard let other = found.first else {
                result.isMissing = true
                result.differences.append(Difference("key", key.id, nil))
                return result
            }
            result.differences.append(Difference("id", key.id, hexadecimal(other.id)))
        }
        // Halves with different labels are listed as two.
        for summary in found {
            result.differences.hold("container", key.container, summary.container)
            result.differences.hold("uri", key.uri, summary.uri)
        }
        guard let summary = found.first(where: { $0.container == key.container }) ?? found.first else { return result }
        result.differences.hold("spec", key.spec, summary.specs.map(\.argument).joined(separator: ", "))
        try compare(key, run, with: summary, &result)
        return result
    }

    private func compare(
        _ key: Manifest.Key, _ run: Manifest.Run, with summary: KeySummary, _ result: inout KeyAttestation
    ) throws {
        do throws(CSPError) {
            let flags: Context.Flags = run.keySet == .machine ? .machineKeySet : []
            let context = try root.sibling(id: summary.id, provider: run.provider, flags: flags)
            let opened = try context.userKey(key.spec == "exchange" ? .keyExchange : .signature)
            let publicKey = try opened.publicKey()
            comparePublicKey(key, publicKey, &result)
            let report = try opened.report()
            result.compare(key, report, isBlind: blindness != nil)
        } catch {
            switch error.code {
            case .badKeyset, .badPublicKey, .badKey, .badAlgID, .badData:
                result.differences.append(Difference("key", "usable", error.reason))
            case .noKey:
                result.differences.append(Difference("private key", "on the token", nil))
            default: throw error
            }
        }
    }

    private func comparePublicKey(_ key: Manifest.Key, _ found: PublicKey, _ result: inout KeyAttestation) {
        let curve: String? = if case .ellipticCurve(let point) = found { point.curve.rawValue } else { nil }
        let digest = hexadecimal(sha256(found.subjectPublicKeyInfo()))
        result.differences.hold("bits", String(key.bits), String(found.bits))
        result.differences.hold("curve", key.curve, curve)
        result.differences.hold("public_key_sha256", key.publicKeySHA256, digest)
        if found.pem() != key.publicKey {
            result.differences.append(Difference("public_key", "the manifest's", "another key, SHA-256 \(digest)"))
        }
    }

    /// What cannot be true of a key whatever the token says: an edited manifest contradicts itself.
    private func ownContradictions(_ key: Manifest.Key) -> [Difference] {
        var differences: [Difference] = []
        let flags = KeyFlags(rawValue: UInt32(key.flags.dropFirst(2), radix: 16) ?? 0)
        let protection: KeyProtection =
            flags.contains(.forceKeyProtectionHigh) ? .pin : flags.contains(.userProtected) ? .consent : .none
        differences.hold("protection", protection.name + " (by the flags)", key.protection + " (by the flags)")
        let extractable = key.attributes.first { $0.object == "private" && $0.attribute == "CKA_EXTRACTABLE" }?.onToken
        let isExportable = flags.contains(.exportable)
        if let extractable, extractable != String(isExportable) {
            differences.append(Difference("flags", "CKA_EXTRACTABLE \(isExportable)", extractable))
        }
        for line in key.attributes where line.heldBy == "token" && !flags.contains(.archivable) {
            guard let asked = line.asked, asked != line.onToken else { continue }
            differences.append(Difference("\(line.object) \(line.attribute) asked", asked, line.onToken))
        }
        return differences
    }
}
