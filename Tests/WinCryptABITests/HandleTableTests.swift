import Synchronization
import Testing

@testable import WinCryptABI

/// The table is generic: here handles stand for plain values.
@Suite struct HandleTableTests {
    private enum Thing: Sendable, Equatable {
        case provider(Int)
        case key(Int)
        case hash(Int)

        var isKey: Bool { if case .key = self { true } else { false } }
        var isHash: Bool { if case .hash = self { true } else { false } }
    }

    private final class Tally: Sendable {
        let made = Atomic<Int>(0)
        let ended = Atomic<Int>(0)
    }

    private typealias Table = HandleTable<Thing>

    private static func ended(_ release: Table.Release) -> (head: Thing, members: [Thing])? {
        if case .ended(let head, let members) = release { (head, members) } else { nil }
    }

    @Test func `a handle is the address of a word that is not zero, also after its death`() throws {
        let table = Table()
        let handle = table.insertHead(.provider(1))
        let cell = try #require(UnsafePointer<UInt>(bitPattern: handle))
        #expect(cell.pointee != 0)
        _ = table.release(handle)
        #expect(cell.pointee != 0)
    }

    @Test func `invented numbers are no handles`() {
        let table = Table()
        let handle = table.insertHead(.provider(1))
        for number in [0, 1, 0xdead_beef, handle + 1, handle - 16, handle + 32, UInt.max] {
            #expect(table.object(number) == nil)
            #expect(table.entry(number) == nil)
            #expect(!table.retain(number))
            #expect(table.remove(number, where: { _ in true }) == nil)
            guard case .notLive = table.release(number) else {
                Issue.record("released \(number)")
                continue
            }
        }
        #expect(table.object(handle) == .provider(1))
    }

    @Test func `a member lives until it is removed, and is removed once`() throws {
        let table = Table()
        let provider = table.insertHead(.provider(1))
        let family = try #require(table.entry(provider)).family
        let key = try #require(table.insert(.key(2), into: family))
        #expect(table.object(key) == .key(2))
        #expect(table.remove(key, where: { $0.isKey }) == .key(2))
        #expect(table.remove(key, where: { $0.isKey }) == nil)
        #expect(table.object(key) == nil)
        #expect(table.object(provider) == .provider(1))
    }

    @Test func `a handle of another kind is not removed`() throws {
        let table = Table()
        let provider = table.insertHead(.provider(1))
        let family = try #require(table.entry(provider)).family
        let key = try #require(table.insert(.key(2), into: family))
        #expect(table.remove(key, where: { $0.isHash }) == nil)
        #expect(table.remove(provider, where: { _ in true }) == nil)
        guard case .notLive = table.release(key) else { return #expect(Bool(false), "a key was released") }
        #expect(!table.retain(key))
        #expect(table.count == 2)
    }

    @Test func `the last release ends the provider and all its members, and nobody else's`() throws {
        let table = Table()
        let other = table.insertHead(.provider(9))
        let otherFamily = try #require(table.entry(other)).family
        let otherKey = try #require(table.insert(.key(9), into: otherFamily))
        let provider = table.insertHead(.provider(1))
        let family = try #require(table.entry(provider)).family
        let key = try #require(table.insert(.key(2), into: family))
        let hash = try #require(table.insert(.hash(3), into: family))
        #expect(table.retain(provider))

        guard case .stillReferenced = table.release(provider) else { return #expect(Bool(false), "ended early") }
        #expect(table.object(key) == .key(2))

        let ended = try #require(Self.ended(table.release(provider)))
        #expect(ended.head == .provider(1))
        #expect(ended.members.count == 2)
        #expect(ended.members.contains(.key(2)) && ended.members.contains(.hash(3)))
        for handle in [provider, key, hash] { #expect(table.object(handle) == nil) }
        #expect(table.object(otherKey) == .key(9))
        guard case .notLive = table.release(provider) else { return #expect(Bool(false), "released twice") }
    }

    @Test func `nothing joins a family that has ended`() throws {
        let table = Table()
        let provider = table.insertHead(.provider(1))
        let family = try #require(table.entry(provider)).family
        _ = table.release(provider)
        #expect(table.insert(.key(2), into: family) == nil)
        #expect(table.count == 0)
    }

    @Test func `a dead handle is not used again for thousands of deaths, and memory is`() throws {
        let table = Table()
        let provider = table.insertHead(.provider(1))
        let family = try #require(table.entry(provider)).family
        let first = try #require(table.insert(.key(0), into: family))
        _ = table.remove(first, where: { _ in true })
        var cells: Set<UInt> = [first]
        var deaths = 0
        for number in 1..<50_000 {
            let handle = try #require(table.insert(.key(number), into: family))
            if handle == first, deaths == 0 { deaths = number }
            cells.insert(handle)
            _ = table.remove(handle, where: { _ in true })
        }
        #expect(deaths == 0 || deaths > 1000, "used again after \(deaths) deaths")
        #expect(cells.count < 10_000, "\(cells.count) cells for one live handle")
    }

    @Test func `threads that make, use, remove and release at once lose nothing and end everything once`() async {
        let table = Table()
        let tally = Tally()
        await withTaskGroup(of: Void.self) { group in
            for round in 0..<64 {
                let provider = table.insertHead(.provider(round))
                tally.made.add(1, ordering: .relaxed)
                guard let family = table.entry(provider)?.family else { continue }
                for _ in 0..<4 {
                    group.addTask {
                        for number in 0..<200 {
                            guard let handle = table.insert(.key(number), into: family) else { return }
                            tally.made.add(1, ordering: .relaxed)
                            if let thing = table.object(handle) { #expect(thing.isKey) }
                            if number % 2 == 0, table.remove(handle, where: { $0.isKey }) != nil {
                                tally.ended.add(1, ordering: .relaxed)
                            }
                        }
                    }
                }
                for _ in 0..<2 {
                    group.addTask {
                        guard let members = Self.ended(table.release(provider))?.members else { return }
                        tally.ended.add(1 + members.count, ordering: .relaxed)
                    }
                }
            }
        }
        #expect(tally.made.load(ordering: .relaxed) == tally.ended.load(ordering: .relaxed))
        #expect(table.count == 0)
    }
}
