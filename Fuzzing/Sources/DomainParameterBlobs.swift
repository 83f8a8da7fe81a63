internal import PKCS11
@testable import TokenCSP

/// What KP_PUB_PARAMS takes: the domain parameters of DSS and Diffie-Hellman.
enum DomainParameterBlobs {
    static func run(_ input: UnsafeRawBufferPointer) {
        let bytes = Array(input)
        for (family, algorithm) in [(PairFamily.dsa, AlgorithmID.dssSign), (.diffieHellman, .dhSF)] {
            guard let read = try? DomainBlob(parameters: bytes, family), let parameters = read.parameters,
                (try? parameters.check(family)) != nil
            else { continue }
            expect(parameters.size <= read.size, "a prime is no longer than was said")
            // With g as somebody's y they are a public key.
            let blob = try? DomainBlob.encode(algorithm, family, parameters, value: parameters.base, version: 3)
            let again = blob.flatMap { try? DomainBlob($0, family, isPrivate: false) }
            expect(again?.parameters == parameters && again?.value == parameters.base, "parameters come back from a blob")
            // Long primes take their time.
            if parameters.bits <= 768 { _ = parameters.areValid }
            let number = Secret(Array(bytes.suffix(20)))
            if let value = try? parameters.publicValue(number) {
                expect(value.count <= parameters.size, "a public number is less than the prime")
            }
        }
    }
}
