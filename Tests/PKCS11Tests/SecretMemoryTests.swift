import Foundation
import Synchronization
import Testing

@testable import PKCS11

@Suite struct SecretMemoryTests {
    @Test func secretsOfEverySizeHoldZerosAndAreApart() {
        var pins: [PIN] = []
        for count in 0...200 {
            pins.append(PIN([UInt8](repeating: UInt8(count), count: count)))
            let memory = SecretMemory(byteCount: count)
            #expect(memory.bytes.count == count && memory.bytes.allSatisfy { $0 == 0 })
        }
        for pin in pins { #expect(pin.bytes.allSatisfy { $0 == UInt8(pin.count) }) }
    }

    @Test func aSmallSecretIsWipedAndItsPlaceServesAgain() throws {
        var seen: [UInt: Int] = [:]
        for _ in 0..<300 {
            let memory = SecretMemory(byteCount: 32)
            #expect(memory.bytes.allSatisfy { $0 == 0 })
            memory.bytes.copyBytes(from: [UInt8](repeating: 0xA5, count: 32))
            seen[UInt(bitPattern: memory.bytes.baseAddress), default: 0] += 1
        }
        #expect(seen.count < 100, "\(seen.count) places for one secret at a time")
    }

    @Test func smallSecretsLieInPagesThatNoCoreDumpHolds() throws {
        let pin = PIN([UInt8](repeating: 7, count: 16))
        let address = UInt(bitPattern: pin.bytes.baseAddress)
        // Not at once: what the kernel writes there has no size.
        let file = try #require(FileHandle(forReadingAtPath: "/proc/self/smaps"))
        let maps = String(decoding: try #require(try file.readToEnd()), as: UTF8.self).split(separator: "\n")
        var isHere = false
        for line in maps {
            let range = line.split(separator: " ")[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
            if range.count == 2 { isHere = (range[0]..<range[1]).contains(address) }
            if isHere, line.hasPrefix("VmFlags:") {
                #expect(line.split(separator: " ").contains("dd"), "\(line)")
                return withExtendedLifetime(pin) {}
            }
        }
        Issue.record("no mapping holds the secret")
    }

    @Test func threadsThatTakeAndGiveBackNeverHaveTheSamePlace() throws {
        let wrong = Atomic<Int>(0)
        let results = Thread.run(8) { thread in
            for _ in 0..<5000 {
                let pins = (0..<10).map { PIN([UInt8](repeating: UInt8(thread * 10 + $0), count: 24)) }
                for (index, pin) in pins.enumerated() where pin.bytes.contains(where: { $0 != thread * 10 + index }) {
                    wrong.add(1, ordering: .relaxed)
                }
            }
        }
        for result in results { try result.get() }
        #expect(wrong.load(ordering: .relaxed) == 0)
    }

    @Test func aForkedChildTakesPlacesOfItsOwn() async {
        await #expect(processExitsWith: .success) {
            let before = PIN([1, 2, 3])
            let status = try inForkedChild {
                let own = PIN([4, 5, 6])
                // Not in the parent's page, which is not locked in the child.
                let pages = [own, before].map { UInt(bitPattern: $0.bytes.baseAddress) / 4096 }
                return pages[0] != pages[1] && Array(before.bytes) == [1, 2, 3] && Array(own.bytes) == [4, 5, 6]
            }
            #expect(status == 0)
        }
    }
}
