"""Makes the input files of the real programs: the same bytes every time, from a fixed seed.

A file is made once and kept under the build folder. Its name carries its size, and its folder a
digest of this source, so that no file outlives the code that made it.
"""

import hashlib
import json
import os
import random
from pathlib import Path

SEED = 20240229
SYLLABLES = "ba cor di el fu gan hi jo ka lem mi nor pe qui".split()

QUERIES = """COMMIT;
CREATE INDEX part_item ON part(item);
SELECT count(*), sum(length(words))
  FROM (SELECT group_concat(text) AS words FROM item GROUP BY grp);
SELECT count(*), sum(length(replace(upper(text), 'BA', '*'))) FROM item WHERE text LIKE '%cor%';
SELECT count(*) FROM item JOIN part ON part.item = item.id WHERE item.value > 5000;
SELECT sum(length(object))
  FROM (SELECT json_object('id', id, 'text', text) AS object FROM item);
SELECT name, count(*) AS uses FROM part GROUP BY name ORDER BY uses DESC, name LIMIT 5;
"""


class Inputs:
    """Gives the paths of input files, making what is not there yet."""

    def __init__(self, folder: Path):
        digest = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()
        self.folder = folder / digest[:12]
        self.folder.mkdir(parents=True, exist_ok=True)

    def json_records(self, count: int) -> Path:
        """An array of objects with strings, numbers and a nested object each."""
        return self._make(f"records-{count}.json", lambda: _json(count))

    def xml(self, count: int) -> Path:
        """A catalogue of items with attributes, nested elements and text."""
        return self._make(f"catalogue-{count}.xml", lambda: _xml(count))

    def table(self, count: int) -> Path:
        """Tab-separated lines: number, group, value, words."""
        return self._make(f"table-{count}.tsv", lambda: _table(count))

    def sql(self, count: int) -> Path:
        """A script for sqlite3: fills tables in memory, then joins, groups and searches them."""
        return self._make(f"script-{count}.sql", lambda: _sql(count))

    def smt(self, count: int) -> Path:
        """Problems for z3: systems of linear and bit-vector constraints, one after another."""
        return self._make(f"problems-{count}.smt2", lambda: _smt(count))

    def _make(self, name: str, lines) -> Path:
        path = self.folder / name
        if not path.exists():
            partial = path.with_name(name + ".partial")
            with open(partial, "w", encoding="utf-8") as file:
                file.writelines(lines())
            os.replace(partial, path)
        return path


def _word(generator: random.Random) -> str:
    return "".join(generator.choices(SYLLABLES, k=generator.randint(2, 4)))


def _words(generator: random.Random, count: int) -> str:
    return " ".join(_word(generator) for _ in range(count))


def _json(count: int):
    generator = random.Random(SEED)
    yield "[\n"
    for number in range(count):
        record = {
            "id": number,
            "group": f"group-{generator.randrange(200)}",
            "value": generator.randrange(1_000_000) / 100,
            "code": f"{generator.randrange(10_000):04}-{generator.randrange(10_000):04}",
            "text": "-".join(_word(generator) for _ in range(2)) + " " + _words(generator, 6),
            "tags": [_word(generator) for _ in range(generator.randrange(5))],
            "place": {"x": generator.randrange(1000), "y": generator.randrange(1000)},
        }
        yield json.dumps(record) + (",\n" if number + 1 < count else "\n")
    yield "]\n"


def _xml(count: int):
    generator = random.Random(SEED)
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<catalogue>\n'
    for number in range(count):
        yield f'  <item id="i{number}" group="{generator.randrange(200)}">\n'
        yield f'    <name lang="en">{_words(generator, 2)}</name>\n'
        yield f"    <text>{_words(generator, 8)} &amp; {_word(generator)}</text>\n"
        for _ in range(generator.randrange(4)):
            yield f'    <part count="{generator.randrange(100)}">{_word(generator)}</part>\n'
        yield "  </item>\n"
    yield "</catalogue>\n"


def _table(count: int):
    generator = random.Random(SEED)
    for number in range(count):
        group, value = generator.randrange(300), generator.randrange(100_000)
        yield f"{number}\tgroup-{group}\t{value}\t{_words(generator, 7)}\n"


def _sql(count: int):
    generator = random.Random(SEED)
    yield "CREATE TABLE item(id INTEGER PRIMARY KEY, grp TEXT, value INT, text TEXT);\n"
    yield "CREATE TABLE part(item INT, name TEXT);\nBEGIN;\n"
    for number in range(count):
        text = _words(generator, 6)
        group, value = generator.randrange(300), generator.randrange(100_000)
        yield f"INSERT INTO item VALUES({number}, 'g{group}', {value}, '{text}');\n"
        yield f"INSERT INTO part VALUES({generator.randrange(count)}, '{_word(generator)}');\n"
    yield QUERIES


def _smt(count: int):
    generator = random.Random(SEED)
    for problem in range(count):
        yield "(push)\n"
        names = [f"x{problem}_{index}" for index in range(24)]
        for name in names:
            yield f"(declare-const {name} Int)\n(assert (and (<= 0 {name}) (<= {name} 40)))\n"
        for _ in range(30):
            chosen = generator.sample(names, 4)
            terms = " ".join(f"(* {generator.randint(-7, 7)} {name})" for name in chosen)
            yield f"(assert (or (<= (+ {terms}) {generator.randint(0, 60)}) "
            yield f"(>= (+ {chosen[0]} {chosen[3]}) {generator.randint(10, 50)})))\n"
        yield "(check-sat)\n(pop)\n"
