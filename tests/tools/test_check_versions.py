import unittest

from tree import TreeTest


class CheckVersions(TreeTest):
    TOOL = "check_versions"
    FILES = {
        "CMakeLists.txt": "cmake_minimum_required(VERSION 3.25)\nproject(holdfast VERSION 1.2.3\n        LANGUAGES CXX)\n",
        "CITATION.cff": "cff-version: 1.2.0\ntitle: Holdfast\nversion: 1.2.3\n",
        "CHANGELOG.md": "# Changes\n\n## 1.2.3\n\n## 1.2.2\n",
    }

    def test_good_tree(self):
        self.assert_clean()

    def test_changelog_written_with_brackets(self):
        self.write("CHANGELOG.md", "## [1.2.3] - 2024-01-01\n")
        self.assert_clean()

    def test_other_version_in_citation(self):
        self.write("CITATION.cff", "cff-version: 1.2.3\nversion: 1.2.2\n")
        self.assert_fault("CITATION.cff: says 1.2.2, but CMakeLists.txt says 1.2.3")

    def test_other_version_on_top_of_the_changelog(self):
        self.write("CHANGELOG.md", "## 1.3.0\n\n## 1.2.3\n")
        self.assert_fault("CHANGELOG.md: says 1.3.0, but CMakeLists.txt says 1.2.3")

    def test_no_version(self):
        for name in self.FILES:
            with self.subTest(name):
                self.write(name, "cff-version: 1.2.0\n")
                self.assert_fault(f"{name}: has no version")
                self.write(name, self.FILES[name])

    def test_missing_file(self):
        for name in self.FILES:
            with self.subTest(name):
                (self.tree / name).unlink()
                self.assert_fault(f"{name}: missing")
                self.write(name, self.FILES[name])


if __name__ == "__main__":
    unittest.main()
