"""The data sets that ship are the ones that data/README.md describes."""

import csv
import gzip
import hashlib
import re
import unittest

from tree import ROOT

DATA = ROOT / "data"


class Data(unittest.TestCase):
    def test_checksums_and_sizes(self):
        text = (DATA / "README.md").read_text(encoding="utf-8")
        sizes = dict(re.findall(r"^\| `(\w+\.csv\.gz)` \|(.*)\|$", text, re.MULTILINE))
        checksums = {name: value for value, name in re.findall(r"^([0-9a-f]{64})  (\S+)$", text, re.MULTILINE)}
        files = sorted(DATA.glob("*.csv.gz"))
        self.assertEqual([file.name for file in files], sorted(sizes))
        self.assertEqual(sorted(checksums), sorted(sizes))
        for file in files:
            with self.subTest(file.name):
                self.assertEqual(hashlib.sha256(file.read_bytes()).hexdigest(), checksums[file.name])
                rows, features, classes = (int(cell) for cell in sizes[file.name].split("|")[:3])
                with gzip.open(file, "rt", encoding="ascii", newline="") as stream:
                    header, *table = csv.reader(stream)
                self.assertEqual((len(table), len(header) - 1, header[-1]), (rows, features, "class"))
                self.assertEqual(len({row[-1] for row in table}), classes)


if __name__ == "__main__":
    unittest.main()
