/// An input whose pieces are as long as asked for until its end, whatever a pipe delivers at a time.
final class FilledInput {
    private let file: InputFile
    /// In bytes, of a plain file.
    var size: Int? { file.size }

    init(_ path: String?) throws(ToolError) {
        file = try InputFile(path)
    }

    /// `count` bytes, fewer at the end.
    func next(_ count: Int) throws(ToolError) -> [UInt8] {
        var bytes = try file.chunk(count)
        guard !bytes.isEmpty, bytes.count < count else { return bytes }
        while bytes.count < count {
            let more = try file.chunk(count - bytes.count)
            if more.isEmpty { break }
            bytes += more
        }
        return bytes
    }
}
