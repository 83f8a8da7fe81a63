import Glibc

/// A table for people: a heading line, columns two blanks apart, cut to the terminal's width and whole in a pipe.
struct Table {
    /// A row of cells, or the title of the rows below it.
    private enum Row {
        case cells([String])
        case section(String)
    }

    private let headings: [String]
    private var rows: [Row] = []
    private var currentSection: String?

    init(_ headings: String...) {
        self.headings = headings
    }

    init(_ headings: [String]) {
        self.headings = headings
    }

    mutating func append(_ cells: String...) {
        append(cells)
    }

    mutating func append(_ cells: [String]) {
        rows.append(.cells(cells.map { printable($0) }))
    }

    /// Starts a section, unless it is the one that goes on.
    mutating func section(_ title: String) {
        guard title != currentSection else { return }
        currentSection = title
        rows.append(.section(printable(title)))
    }

    /// The table, each line ended by a newline.
    func text(width: Int? = Table.terminalWidth) -> String {
        let widths = columnWidths(within: width)
        let title = Style.bold(String(line(headings, widths).dropLast())) + "\n"
        return title
            + rows.map { row in
                switch row {
                case .section(let title): Style.faint(title + ":") + "\n"
                case .cells(let cells): line(cells, widths)
                }
            }.joined()
    }

    private func line(_ cells: [String], _ widths: [Int]) -> String {
        var line = ""
        // No blanks behind the last cell that says something.
        let last = cells.lastIndex { !$0.isEmpty } ?? 0
        for (column, (cell, width)) in zip(cells, widths).enumerated() where column <= last {
            let size = Self.width(cell)
            line += size > width ? cell.prefix(max(0, width - 1)) + "…" : cell
            if column < last { line += String(repeating: " ", count: max(0, width - size) + 2) }
        }
        return line + "\n"
    }

    /// Columns of a cell; by scalars where that is the same, for Characters are slow to find.
    private static func width(_ cell: String) -> Int {
        isPlain(cell) ? cell.utf8.count { $0 & 0xC0 != 0x80 } : cell.count
    }

    /// Where the whole does not fit, the last column gives way first, then the widest but the first, then the first.
    private func columnWidths(within limit: Int?) -> [Int] {
        var widths = headings.map(Self.width)
        for case .cells(let cells) in rows {
            for (column, cell) in cells.enumerated() where widths.indices.contains(column) {
                widths[column] = max(widths[column], Self.width(cell))
            }
        }
        guard let limit else { return widths }
        var excess = widths.reduce(0, +) + 2 * max(0, widths.count - 1) - limit
        while excess > 0 {
            let inner = widths.indices.dropFirst().dropLast().max { widths[$0] < widths[$1] }
            let order = [(widths.count - 1, least: 12), (inner ?? 0, least: 10), (0, least: 10)]
            guard let column = order.first(where: { widths[$0.0] > $0.least })?.0 else { break }
            widths[column] -= 1
            excess -= 1
        }
        return widths
    }

    /// The columns of the terminal on standard output; nil where that is none. COLUMNS says it where a user has set it,
    /// or where the terminal does not tell.
    static var terminalWidth: Int? {
        guard isatty(STDOUT_FILENO) == 1 else { return nil }
        if let text = environment("COLUMNS"), let columns = Int(text), columns > 0 { return columns }
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }
}
