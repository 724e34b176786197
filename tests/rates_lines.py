"""Lines of the files of the rates, for figures that are worked out by hand."""

from collections import Counter, defaultdict

from demands.statistics import rates


def lines(rows: list[dict], of: str = "year-community") -> list[rates.Line]:
    """The lines of a file of these demands, with nothing withheld."""
    groups = defaultdict(Counter)
    for one in rows:
        found = {"year": one["month"][:4], **one}
        said = groups[tuple(found[name] for name in rates.SETS[of])]
        said["received", ""] += 1
        said["counted", ""] += 1
        for name in rates.FLAGS:
            said[name, ""] += one[name] == "yes"
        for name in rates.NUMBERS:
            said[name, one[name]] += one[name] != ""
        for name, words in rates.ANSWERS.items() if of == "year-community" else ():
            said.update({(name, word): int(one[name] == word) for word in words})
    return [
        rates.Line(of, group, figure, value, count)
        for group, said in groups.items()
        for (figure, value), count in said.items()
        if value or figure not in rates.NUMBERS
    ]
