import Glibc

/// A table for people: a heading line, columns two blanks apart, cut to the terminal's width and whole in a pipe.
struct Table {
    private let headings: [String]
    private var rows: [[String]] = []

    init(_ headings: String...) {
        self.headings = headings
    }

    mutating func append(_ cells: String...) {
        rows.append(cells.map { printable($0) })
    }

    /// The table, each line ended by a newline.
    func text(width: Int? = Table.terminalWidth) -> String {
        let lines = [headings] + rows
        let widths = columnWidths(of: lines, within: width)
        return lines.map { cells in
            var line = ""
            for (cell, width) in zip(cells, widths) {
                let shown = cell.count > width ? cell.prefix(max(0, width - 1)) + "…" : cell[...]
                line += shown + String(repeating: " ", count: max(0, width - shown.count) + 2)
            }
            while line.hasSuffix(" ") { line.removeLast() }
            return line + "\n"
        }.joined()
    }

    /// The widest column gives way until the whole fits, down to eight characters.
    private func columnWidths(of lines: [[String]], within limit: Int?) -> [Int] {
        var widths = headings.indices.map { column in
            lines.map { $0.indices.contains(column) ? $0[column].count : 0 }.max() ?? 0
        }
        guard let limit else { return widths }
        var total = widths.reduce(0, +) + 2 * max(0, widths.count - 1)
        while total > limit {
            guard let widest = widths.indices.max(by: { widths[$0] < widths[$1] }), widths[widest] > 8 else { break }
            widths[widest] -= 1
            total -= 1
        }
        return widths
    }

    /// The columns of the terminal on standard output; nil where that is none.
    static var terminalWidth: Int? {
        var size = winsize()
        guard isatty(STDOUT_FILENO) == 1, ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
            return nil
        }
        return Int(size.ws_col)
    }
}
