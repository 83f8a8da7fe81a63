/// From handles to entries: a table with open addressing, for the standard dictionary's hash alone takes as long as the
/// rest of a lookup. Numbers that hostile callers choose are looked up and never put in.
struct HandleMap<Entry: Sendable>: Sendable {
    private struct Place: Sendable {
        var handle: UInt
        var entry: Entry?
    }

    /// A power of two, more than half of them free; handle 0 stands for a free place.
    private var places = [Place](repeating: Place(handle: 0, entry: nil), count: 16)
    private(set) var count = 0

    subscript(handle: UInt) -> Entry? {
        let found = place(of: handle)
        return places[found].handle == handle ? places[found].entry : nil
    }

    /// `handle` is not 0.
    mutating func insert(_ handle: UInt, _ entry: Entry) {
        if 2 * (count + 1) > places.count { grow() }
        let found = place(of: handle)
        if places[found].handle == 0 { count += 1 }
        places[found] = Place(handle: handle, entry: entry)
    }

    mutating func remove(_ handle: UInt) -> Entry? {
        var hole = place(of: handle)
        guard handle != 0, places[hole].handle == handle else { return nil }
        let entry = places[hole].entry
        count -= 1
        // What stands behind moves up, where the search for it would end at the hole.
        var next = hole
        while true {
            next = (next + 1) & (places.count - 1)
            guard places[next].handle != 0 else { break }
            let home = self.home(of: places[next].handle)
            if (next &- home) & (places.count - 1) >= (next &- hole) & (places.count - 1) {
                places[hole] = places[next]
                hole = next
            }
        }
        places[hole] = Place(handle: 0, entry: nil)
        return entry
    }

    /// Where the handle stands, or would.
    private func place(of handle: UInt) -> Int {
        var place = home(of: handle)
        while places[place].handle != handle, places[place].handle != 0 { place = (place + 1) & (places.count - 1) }
        return place
    }

    private func home(of handle: UInt) -> Int {
        Int(truncatingIfNeeded: (handle &* 0x9E37_79B9_7F4A_7C15) >> 40) & (places.count - 1)
    }

    private mutating func grow() {
        let old = places
        places = [Place](repeating: Place(handle: 0, entry: nil), count: 2 * old.count)
        for place in old where place.handle != 0 { places[self.place(of: place.handle)] = place }
    }
}
