/// The cells of one shard of the handle table: in use, resting after death, and ready to serve again.
struct HandleCells<Entry: Sendable>: Sendable {
    var live = HandleMap<Entry>()
    private var resting: [UInt] = []
    private var oldest = 0
    private var rested: [UInt] = []

    /// How many later deaths a dead cell waits for: over the 16 shards some 4,000.
    private static var patience: Int { 256 }

    /// Memory for a handle: readable, and its first word is not zero.
    static func newCell() -> UInt {
        let cell = UnsafeMutableRawPointer.allocate(byteCount: 16, alignment: 16)
        cell.initializeMemory(as: UInt8.self, repeating: 0x54, count: 16)
        return UInt(bitPattern: cell)
    }

    /// Small blocks of memory lie 32 bytes apart.
    static func shard(of handle: UInt, among count: Int) -> Int {
        Int((handle >> 5) % UInt(count))
    }

    mutating func bury(_ handle: UInt) -> Entry? {
        guard let entry = live.remove(handle) else { return nil }
        if resting.count < Self.patience {
            resting.append(handle)
        } else {
            rested.append(resting[oldest])
            resting[oldest] = handle
            oldest = (oldest + 1) % Self.patience
        }
        return entry
    }

    mutating func reuse(for entry: Entry) -> UInt? {
        guard let handle = rested.popLast() else { return nil }
        live.insert(handle, entry)
        return handle
    }
}
