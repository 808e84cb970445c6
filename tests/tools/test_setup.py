"""scripts/setup on systems that it may meet, played by small programs in a PATH of their own."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from tree import ROOT

SYSTEM = ["bash", "env", "sed", "grep", "sort", "head", "cat", "mktemp", "rm"]
TOOLS = {"g++": "echo 12", "cmake": "echo cmake version 3.25.1", "ninja": "", "pkg-config": "", "python3": "", "python3-config": "",
         "gnuplot": "", "doxygen": ""}


class Setup(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = pathlib.Path(folder.name)
        self.log = self.path / "log"
        for name in SYSTEM:
            os.symlink(shutil.which(name), self.path / name)
        for name, body in TOOLS.items():
            self.program(name, body)
        # A system with apt where every package is installed but those in the file `absent`, and every package is offered
        # in version 3.25 but those in `unknown`. Installing one takes it off the list.
        self.program("dpkg-query", f'grep -qx "${{@: -1}}" {self.path}/absent || echo -n installed')
        self.program("apt-cache", f'grep -qx "$2" {self.path}/unknown && exit; echo "  Candidate: 1:3.25.1-1"')
        self.program("apt-get", f'echo "$DEBIAN_FRONTEND $*" >>{self.log}; '
                                f'case "$*" in *install*) : >{self.path}/absent ;; esac')
        self.program("sudo", '[ "$1" = -n ] && shift; "$@"')
        self.absent()
        self.unknown()

    def program(self, name, body):
        file = self.path / name
        file.write_text(f"#!/bin/bash\n{body}\n", encoding="utf-8")
        file.chmod(0o755)

    def absent(self, *packages):
        (self.path / "absent").write_text("".join(f"{name}\n" for name in packages), encoding="utf-8")

    def unknown(self, *packages):
        (self.path / "unknown").write_text("".join(f"{name}\n" for name in packages), encoding="utf-8")

    def run_setup(self, *arguments, **environment):
        return subprocess.run([self.path / "bash", ROOT / "scripts/setup", *arguments], capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, check=False, start_new_session=True,
                              env={"PATH": str(self.path), "HOME": str(self.path), **environment})

    def calls(self):
        return self.log.read_text(encoding="utf-8").split("\n")[:-1] if self.log.exists() else []

    def assert_fails(self, result, *texts):
        self.assertEqual(result.returncode, 1, result.stderr)
        for text in texts:
            self.assertIn(text, result.stderr)

    def test_says_and_does_nothing_when_all_is_there(self):
        result = self.run_setup()
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "", ""))
        self.assertEqual(self.calls(), [])

    def test_installs_what_is_missing_and_says_why(self):
        self.absent("libzip-dev", "libcli11-dev", "libbenchmark-dev")
        result = self.run_setup()
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("reading and writing files: libzip-dev\n", result.stderr)
        self.assertIn("the command line program: libcli11-dev\n", result.stderr)
        update, install = self.calls()
        self.assertRegex(update, "^noninteractive .*update$")
        self.assertRegex(install, "^noninteractive .*install -y --no-install-recommends libzip-dev libcli11-dev$")

    def test_options_add_packages(self):
        self.absent("libbenchmark-dev")
        self.assertEqual(self.run_setup("--bench", "--dev").returncode, 0)
        self.assertRegex(self.calls()[1], "install .* libbenchmark-dev clang-format clang-tidy shellcheck ccache git$")

    def test_deep_adds_its_packages(self):
        self.absent("libtorch-dev")
        result = self.run_setup("--deep")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("the deep module: libtorch-dev\n", result.stderr)
        self.assertRegex(self.calls()[1], "install .* libtorch-dev$")

    def test_goes_on_when_only_the_update_of_the_lists_fails(self):
        self.absent("libzip-dev")
        self.program("apt-get", f'case "$*" in *update*) echo no network; exit 100;; *) : >{self.path}/absent;; esac')
        result = self.run_setup()
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("no network", result.stderr)

    def test_shows_why_an_installation_fails(self):
        self.absent("libzip-dev")
        self.program("apt-get", 'case "$*" in *install*) echo disk full; exit 100;; esac')
        self.assert_fails(self.run_setup(), "disk full", "could not install")

    def test_old_cmake_of_the_system(self):
        (self.path / "cmake").unlink()
        self.program("apt-cache", 'echo "  Candidate: 3.22.1-1ubuntu1"')
        self.assert_fails(self.run_setup(), "apt offers CMake 3.22.1-1ubuntu1", "3.25 or newer", "pip install", "kitware")
        self.assertFalse(any("install" in call for call in self.calls()))

    def test_old_cmake_before_the_new_one_in_path(self):
        self.program("cmake", "echo cmake version 3.9.6")
        self.assert_fails(self.run_setup(), "is version 3.9.6", "pip install")

    def test_package_that_apt_does_not_know(self):
        self.absent("libzip-dev", "libfast-float-dev")
        self.unknown("libfast-float-dev")
        self.assert_fails(self.run_setup(), "apt knows no package of the name: libfast-float-dev\n", "HOLDFAST_SKIP_SETUP=1")

    def test_old_compiler(self):
        self.program("g++", "echo 9")
        self.assert_fails(self.run_setup(), "g++ is version 9", "GCC 11 or newer")
        self.assertEqual(self.run_setup(CXX="clang++").returncode, 0)

    def test_system_without_apt(self):
        (self.path / "apt-get").unlink()
        self.assert_fails(self.run_setup("--bench"), "no apt-get", "libzip-dev", "libbenchmark-dev", "CMake 3.25")
        self.assertEqual(self.run_setup(HOLDFAST_SKIP_SETUP="1").returncode, 0)

    @unittest.skipIf(os.geteuid() == 0, "root needs no sudo")
    def test_neither_root_nor_sudo(self):
        self.absent("libzip-dev")
        (self.path / "sudo").unlink()
        self.assert_fails(self.run_setup(), "needs root", "apt-get install --no-install-recommends libzip-dev")

    @unittest.skipIf(os.geteuid() == 0, "root needs no sudo")
    def test_sudo_that_would_ask_without_a_terminal(self):
        self.absent("libzip-dev")
        self.program("sudo", "exit 1")
        self.assert_fails(self.run_setup(), "ask for a password", "apt-get install --no-install-recommends libzip-dev")

    def test_unknown_option(self):
        self.assertEqual(self.run_setup("--everything").returncode, 2)


if __name__ == "__main__":
    unittest.main()
