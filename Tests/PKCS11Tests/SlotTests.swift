import Foundation
import TestTokens
import Testing

@testable import PKCS11

@Suite struct SlotTests {
    @Test func aTokenTellsItsLabelPINLengthsAndState() throws {
        let made = try TestToken.make()
        let info = try made.token().info()
        #expect(info.label == made.label)
        #expect(info.manufacturer == "SoftHSM project")
        #expect(info.model == "SoftHSM v2")
        #expect(info.serial.count == 16)
        #expect(info.minimumPINLength == 4)
        #expect(info.maximumPINLength == 255)
        #expect(info.flags.isSuperset(of: [.isInitialized, .isUserPINInitialized, .needsLogin, .hasRandom]))
        #expect(info.flags.isDisjoint(with: [.userPINCountLow, .userPINFinalTry, .userPINLocked, .isWriteProtected]))
    }

    @Test func aTokenInAFileCannotBeTakenOut() throws {
        #expect(try !TestToken.make().token().slot.isRemovable())
    }

    @Test func paddingIsNoPartOfAText() throws {
        let slot = try TestToken.make().token().slot
        for text in try [slot.description(), slot.tokenInfo().label, slot.tokenInfo().model] {
            #expect(!text.isEmpty)
            #expect(!text.hasSuffix(" ") && !text.contains("\0"))
        }
    }

    @Test func aSlotForANewTokenIsAlwaysThere() async {
        // In a process of its own: here, other suites take it.
        await #expect(processExitsWith: .success) {
            for count in 1...3 {
                _ = try TestToken.make()
                let slots = try TestToken.module.slots()
                #expect(slots.count == count + 1)
                #expect(try slots.filter { try !$0.tokenInfo().flags.contains(.isInitialized) }.count == 1)
                #expect(try TestToken.module.slots(withToken: false).count == slots.count)
            }
        }
    }

    @Test func oneSlotHasOneTokenObject() throws {
        let made = try TestToken.make()
        let token = try made.token()
        #expect(try made.token() === token)
        #expect(token.slot.module.token(in: token.slot) === token)
        #expect(try TestToken.make().token() !== token)
    }

    @Test func mechanismsAreListedWithNamesAndLimits() throws {
        let slot = try TestToken.make().token().slot
        let mechanisms = try slot.mechanisms()
        #expect(mechanisms.count >= 60)
        #expect(Set(mechanisms).count == mechanisms.count)
        #expect(Set(mechanisms).isSuperset(of: [.rsaPKCS, .rsaPKCSKeyPairGen, .aesKeyGen, .aesCBCPad, .sha256]))
        #expect(MechanismType.rsaPKCSKeyPairGen.name == "CKM_RSA_PKCS_KEY_PAIR_GEN")
        let generation = try #require(try slot.mechanismInfo(.rsaPKCSKeyPairGen))
        #expect(generation.minimumKeySize == 512)
        #expect(generation.maximumKeySize == 16384)
        #expect(generation.flags & 0x10000 != 0, "CKF_GENERATE_KEY_PAIR")
    }

    @Test func aMechanismThatTheTokenLacksHasNoInfo() throws {
        let slot = try TestToken.make().token().slot
        #expect(try slot.mechanismInfo(MechanismType(rawValue: 0x8000_7777)) == nil)
        #expect(MechanismType(rawValue: 0x8000_7777).name == "CKM_0x80007777")
    }

    @Test func aSlotThatDoesNotExistIsAnError() throws {
        let slot = Slot(module: try TestToken.module, id: 0x7FFF_FFFF)
        #expect(throws: error(.slotIDInvalid)) { try slot.tokenInfo() }
        #expect(throws: error(.slotIDInvalid)) { try slot.mechanisms() }
        #expect(throws: error(.slotIDInvalid)) { try slot.description() }
    }
}
