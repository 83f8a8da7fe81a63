import Foundation
import TestTokens
import Testing

@testable import PKCS11

@Suite struct ThreadTests {
    let token: Token

    init() throws {
        token = try loggedInToken()
    }

    @Test func eightThreadsMakeFindReadAndDestroyWithoutAnError() throws {
        let token = token
        let results = Thread.run(8) { thread in
            for round in 0..<15 {
                let label = "\(thread)-\(round)"
                let object = try token.create(Sample.data(label, [UInt8(thread)], isPrivate: round % 2 == 0))
                guard try token.find([Attribute(.label, label)]) == [object] else { throw Wrong(label: label) }
                guard try token.read(object, [.value]).bytes(.value) == [UInt8(thread)] else {
                    throw Wrong(label: label)
                }
                _ = try token.find([])
                try token.writing { session throws(PKCS11Error) in try session.destroy(object) }
            }
        }
        for result in results { try result.get() }
        #expect(try token.find([]).isEmpty)
    }

    @Test func eightThreadsGenerateAndSignWithKeysOfTheirOwn() throws {
        let token = token
        let results = Thread.run(8) { thread in
            let pair = try token.rsaPair(bits: 1024, onToken: true)
            for _ in 0..<5 {
                try token.withSession { session throws(PKCS11Error) in
                    let data = [UInt8](repeating: UInt8(thread), count: 20)
                    let signature = try session.sign(data, with: pair.privateKey, .rsaPKCS, maximumSize: 128)
                    try session.verify(signature, of: data, with: pair.publicKey, .rsaPKCS)
                }
            }
            try token.writing { session throws(PKCS11Error) in
                try session.destroy(pair.privateKey)
                try session.destroy(pair.publicKey)
            }
        }
        for result in results { try result.get() }
        #expect(try token.find([]).isEmpty)
    }

    @Test func eightThreadsSignWithOneKey() throws {
        let token = token
        let pair = try token.rsaPair(bits: 1024)
        let expected = try token.withSession { session throws(PKCS11Error) in
            try session.sign([1], with: pair.privateKey, .rsaPKCS, maximumSize: 128)
        }
        let results = Thread.run(8) { _ in
            for _ in 0..<25 {
                let signature = try token.withSession { session throws(PKCS11Error) in
                    try session.sign([1], with: pair.privateKey, .rsaPKCS, maximumSize: 128)
                }
                guard signature == expected else { throw Wrong(label: "signature") }
            }
        }
        for result in results { try result.get() }
    }

    @Test func sessionObjectsOfManyThreadsAllGo() throws {
        let token = token
        let results = Thread.run(8) { thread in
            for round in 0..<20 {
                let object = try token.writing { session throws(PKCS11Error) in
                    try session.createSessionObject(Sample.data("\(thread)-\(round)", onToken: false))
                }
                guard try token.find([Attribute(.label, "\(thread)-\(round)")]).count == 1 else {
                    throw Wrong(label: "")
                }
                withExtendedLifetime(object) {}
            }
        }
        for result in results { try result.get() }
        // Those that went while another thread was at work, this writer destroys.
        #expect(try token.writing { session throws(PKCS11Error) in try session.find([]) }.isEmpty)
    }

    private struct Wrong: Error {
        let label: String
    }
}
