"""A small source tree in a temporary folder, and the running of a check on it."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]


class TreeTest(unittest.TestCase):
    TOOL = ""
    FILES = {}

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.tree = pathlib.Path(folder.name)
        for name, text in self.FILES.items():
            self.write(name, text)

    def write(self, name, text):
        path = self.tree / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def run_tool(self, *arguments):
        return subprocess.run([sys.executable, "-B", ROOT / "tools" / self.TOOL, "--root", self.tree, *arguments],
                              capture_output=True, text=True, check=False)

    def assert_clean(self, *arguments):
        result = self.run_tool(*arguments)
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "", ""))

    def assert_fault(self, expected, *arguments):
        """One fault, and `expected` is part of it."""
        result = self.run_tool(*arguments)
        self.assertEqual((result.returncode, result.stderr), (1, ""), result.stdout)
        self.assertIn(expected, result.stdout)
        self.assertTrue(arguments or result.stdout.count("\n") == 1, result.stdout)
