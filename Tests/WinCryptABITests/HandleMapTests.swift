import Testing

@testable import WinCryptABI

@Suite struct HandleMapTests {
    @Test func `it holds what a dictionary holds, however much comes and goes`() {
        var map = HandleMap<Int>()
        var witness: [UInt: Int] = [:]
        var generator = SystemRandomNumberGenerator()
        // Few numbers, near each other as blocks of memory are: they meet in the table.
        for round in 0..<20_000 {
            let handle = 0x7000_0000 + 16 * UInt.random(in: 0..<300, using: &generator)
            if Bool.random(using: &generator) {
                map.insert(handle, round)
                witness[handle] = round
            } else {
                #expect(map.remove(handle) == witness.removeValue(forKey: handle))
            }
            #expect(map.count == witness.count)
            if round.isMultiple(of: 500) {
                for number in stride(from: UInt(0x7000_0000), to: 0x7000_0000 + 16 * 300, by: 8) {
                    #expect(map[number] == witness[number])
                }
            }
        }
        #expect(map[0] == nil && map.remove(0) == nil)
    }

    @Test func `numbers that fall on one place are all found, and still when the first has gone`() {
        var map = HandleMap<Int>()
        // Equal but for bits that the table of 16 does not look at.
        let handles = (1...7).map { UInt($0) << 58 | 0x40 }
        for (index, handle) in handles.enumerated() { map.insert(handle, index) }
        for removed in 0..<handles.count {
            #expect(map.remove(handles[removed]) == removed)
            for left in handles.indices { #expect(map[handles[left]] == (left > removed ? left : nil)) }
        }
        #expect(map.count == 0)
    }
}
