"""The table, in Markdown."""


def table(measurements):
    lines = ["| what | ours | against | value | goal | met |", "| --- | --- | --- | --- | --- | --- |"]
    for measurement in measurements:
        for row in measurement.rows:
            ours = f"{row.ours} {measurement.text(row.ours)}"
            against = f"{row.against} {measurement.text(row.against)}" if row.against else "–"
            cells = [
                measurement.name,
                ours,
                against,
                row.value_text(measurement),
                row.goal_text(),
                row.met(measurement),
            ]
            lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)
