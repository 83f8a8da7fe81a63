import TokenCSP
import TokenCSPCertificates

/// Makes what an INF file asks for. What was made for it goes again where the rest fails.
struct RequestMaking {
    /// What came of it.
    struct Made {
        let der: [UInt8]
        /// The words after BEGIN.
        let label: String
        let algorithm: String
        let bits: Int
        let usesExistingKey: Bool

        /// What is said to people.
        func sentence(_ plan: GenerationPlan, _ container: String) -> String {
            let what = label == "CERTIFICATE" ? "The certificate is stored with" : "The request is signed by"
            let key = usesExistingKey ? "the key" : "a new \(bits)-bit \(algorithm) key"
            return "\(what) \(key) in \(describe(container: container))."
        }
    }

    private let request: INFRequest
    private let container: String
    private let global: GlobalOptions

    init(_ request: INFRequest, container: String, _ global: GlobalOptions) {
        (self.request, self.container, self.global) = (request, container, global)
    }

    func make() throws -> Made {
        if request.usesExistingKey {
            let context = try acquire()
            defer { context.release() }
            let key = try context.userKey(request.spec)
            if let bits = request.bits, bits != key.bits {
                throw CSPError(
                    .invalidParameter,
                    "the file says KeyLength = \(bits), and the key of \(describe(container: container)) has \(key.bits) bits"
                )
            }
            return try document(key)
        }
        let (context, created) = try openOrCreate()
        defer { context.release() }
        do {
            if !created { try requireNoKey(context) }
            let key = try context.generateKey(request.algorithmID, flags: request.rawFlags)
            do {
                return try document(key)
            } catch {
                // A key without its request would be in the way of the next try.
                if (try? context.deleteKey(request.spec)) == nil {
                    let name = describe(container: container)
                    Output.writeError("tokencsp: the key of \(name) was made and stays, without a request")
                }
                throw error
            }
        } catch {
            if created { removeContainer(context) }
            throw error
        }
    }

    private func document(_ key: Key) throws -> Made {
        switch request.kind {
        case .request:
            // certreq's own words; openssl and CAs read either.
            return made(try key.certificateRequest(request.options).derBytes(), "NEW CERTIFICATE REQUEST", key)
        case .certificate(let validity):
            if request.usesExistingKey, try key.certificate() != nil {
                throw ToolError(
                    .exists,
                    "a certificate is stored with the key of \(describe(container: container)) already: delete it "
                        + "first ('tokencsp certificate delete')")
            }
            let der = try key.selfSignedCertificate(request.options, validity: validity).derBytes()
            try key.setCertificate(der)
            return made(der, "CERTIFICATE", key)
        }
    }

    private func made(_ der: [UInt8], _ label: String, _ key: Key) -> Made {
        Made(
            der: der, label: label, algorithm: key.algorithm.name, bits: key.bits,
            usesExistingKey: request.usesExistingKey)
    }

    // MARK: - The container

    private func acquire(_ flags: Context.Flags = []) throws -> Context {
        let configuration = try global.configuration()
        return try Context.acquire(
            container: container, provider: request.provider, flags: flags.union(contextFlags),
            configuration: configuration, interaction: CommandInteraction(configuration))
    }

    private var contextFlags: Context.Flags {
        var flags: Context.Flags = request.isMachine ? .machineKeySet : []
        if request.isSilent { flags.insert(.silent) }
        return flags
    }

    private func openOrCreate() throws -> (context: Context, created: Bool) {
        do {
            return (try acquire(), false)
        } catch let error as CSPError where error.code == .badKeyset {
            return (try acquire(.newKeySet), true)
        }
    }

    private func requireNoKey(_ context: Context) throws {
        do throws(CSPError) {
            _ = try context.userKey(request.spec)
        } catch {
            guard error.code == .noKey else { throw error }
            return
        }
        throw CSPError(
            .exists,
            "\(describe(container: container)) has such a key already: give UseExistingKeySet = TRUE for a request "
                + "by it, or another KeyContainer")
    }

    private func removeContainer(_ context: Context) {
        do {
            guard context.hasNoKeys else { return }
            context.release()
            let configuration = try global.configuration()
            try Context.deleteContainer(
                container, provider: request.provider, flags: contextFlags, configuration: configuration,
                interaction: CommandInteraction(configuration))
        } catch {
            Output.writeError("tokencsp: \(describe(container: container)) was created and stays, empty")
        }
    }
}
