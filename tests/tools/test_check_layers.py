import shutil
import unittest

from tree import TreeTest


class CheckLayers(TreeTest):
    TOOL = "check_layers"
    FILES = {
        "include/holdfast/core/types.hpp": "#pragma once\n#include <vector>\n",
        "include/holdfast/metric/metric.hpp": '#pragma once\n#include "holdfast/core/types.hpp"\n',
        "src/metric/metric.cpp": '#include "holdfast/metric/metric.hpp"\n#include "metric/detail.hpp"\n',
        "src/metric/detail.hpp": "#pragma once\n",
        "tests/unit/core/types_test.cpp": "",
        "tests/unit/metric/metric_test.cpp": "",
        "CMakeLists.txt": "project(tree)\n",
    }

    def test_good_tree(self):
        self.assert_clean()

    def test_public_include_upwards(self):
        self.write("include/holdfast/core/types.hpp", '#pragma once\n\n#include "holdfast/metric/metric.hpp"\n')
        self.assert_fault("include/holdfast/core/types.hpp:3: core may not include metric")

    def test_include_upwards_in_angle_brackets_with_spaces(self):
        self.write("include/holdfast/core/types.hpp", "#  include  <holdfast/metric/metric.hpp>\n")
        self.assert_fault("types.hpp:1: core may not include metric")

    def test_private_include_upwards(self):
        self.write("src/core/types.cpp", '#include "metric/detail.hpp"\n')
        self.assert_fault("src/core/types.cpp:1: core may not include metric")

    def test_certify_may_not_include_learners(self):
        self.write("src/certify/bound.cpp", '#include "holdfast/learners/lmnn.hpp"\n')
        self.assert_fault("src/certify/bound.cpp:1: certify may not include learners")

    def test_learners_may_not_include_io(self):
        self.write("src/learners/lmnn.cpp", '#include "holdfast/io/csv.hpp"\n')
        self.assert_fault("src/learners/lmnn.cpp:1: learners may not include io")

    def test_include_without_a_folder(self):
        self.write("src/metric/metric.cpp", '#include "detail.hpp"\n')
        self.assert_fault("src/metric/metric.cpp:1: \"detail.hpp\" is in no layer")

    def test_include_by_a_relative_path(self):
        self.write("src/metric/metric.cpp", '#include "../metric/detail.hpp"\n')
        self.assert_fault("src/metric/metric.cpp:1:")

    def test_public_header_includes_a_private_one(self):
        self.write("include/holdfast/metric/metric.hpp", '#include "metric/detail.hpp"\n')
        self.assert_fault("include/holdfast/metric/metric.hpp:1: a public header includes")

    def test_unknown_folder(self):
        self.write("src/helpers/helpers.cpp", "")
        self.assert_fault("the folder helpers is in no layer")

    def test_source_outside_any_folder(self):
        self.write("src/loose.cpp", "")
        self.assert_fault("src/loose.cpp:1: belongs into a folder")

    def test_include_in_a_comment_is_none(self):
        self.write("src/core/types.cpp", '// #include "holdfast/io/csv.hpp"\n/*\n#include "holdfast/io/csv.hpp"\n*/\n')
        self.assert_clean()

    def test_forbidden_calls(self):
        for call in ("std::cout << 1;", "std::cerr << 1;", 'printf("x");', 'std::fprintf(f, "x");', 'fmt::print("x");',
                     'fmt::println("x");', 'puts("x");', "int r = rand();", "srand(1);", "std::random_device d;",
                     "std::abort();", "exit(1);"):
            with self.subTest(call):
                self.write("src/core/types.cpp", f"\nvoid f() {{\n  {call}\n}}\n")
                self.assert_fault("src/core/types.cpp:3:")

    def test_harmless_likenesses(self):
        self.write("src/core/types.cpp", """
// std::cout << rand() in a comment
const char* text = "printf(\\"std::cerr\\") // rand()";
const char* raw = R"x(std::cout << "rand()")x";
void f() { snprintf(buffer, 3, "x"); torch::rand(shape, generator); operand(1'000); exponent(2); fmt::format("x"); quote('"'); }
""")
        self.assert_clean()

    def test_code_after_a_text_is_seen(self):
        self.write("src/core/types.cpp", "void f() { g('\"'); rand(); g(\"//\"); }\n")
        self.assert_fault("src/core/types.cpp:1: rand(")

    def test_texts_with_the_syntax_of_a_front_end(self):
        for text in ('"raise --max-iterations"', 'R"(use --mu 0.5)"', '"two " "literals: --k"'):
            with self.subTest(text):
                self.write("src/core/types.cpp", f"\nconst char* text = {text};\n")
                self.assert_fault("src/core/types.cpp:2: --")

    def test_texts_that_only_look_like_options(self):
        self.write("src/core/types.cpp", 'const char* text = "a -- b, `max-iterations`, -1--2"; // --mu\nint i = n--;\n')
        self.assert_clean()

    def test_fast_math(self):
        for name in ("CMakeLists.txt", "CMakePresets.json", "src/CMakeLists.txt", "cmake/Flags.cmake"):
            with self.subTest(name):
                self.write(name, "add_compile_options(-O3 -ffast-math)\n")
                self.assert_fault(f"{name}:1: -ffast-math")
                self.write(name, "")

    def test_header_without_a_test(self):
        (self.tree / "tests/unit/metric/metric_test.cpp").rename(self.tree / "tests/unit/metric/other_test.cpp")
        self.assert_fault("include/holdfast/metric/metric.hpp:1: has no test; add tests/unit/metric/metric_test.cpp")

    def test_generated_header_without_a_test(self):
        self.write("include/holdfast/core/version.hpp.in", "#pragma once\n")
        self.assert_fault("version.hpp.in:1: has no test; add tests/unit/core/version_test.cpp")

    def test_private_header_of_a_lower_layer(self):
        self.write("src/core/table.hpp", "#pragma once\n")
        self.write("src/metric/metric.cpp", '#include "core/table.hpp"\n')
        self.assert_fault("src/metric/metric.cpp:1: \"core/table.hpp\" is private to core")

    def test_not_a_source_tree(self):
        shutil.rmtree(self.tree / "src")
        shutil.rmtree(self.tree / "include")
        self.assert_fault("no sources")

    def compiler(self):
        found = shutil.which("c++") or shutil.which("g++") or shutil.which("clang++")
        if not found:
            self.skipTest("no compiler in PATH")
        return [found, "-std=c++20", "-Iinclude"]

    def test_headers_compile_alone(self):
        self.assert_clean("--headers", *self.compiler())

    def test_header_that_needs_another_before_it(self):
        self.write("include/holdfast/metric/metric.hpp", "#pragma once\nstd::vector<int> rows();\n")
        self.assert_fault("include/holdfast/metric/metric.hpp:1: does not compile alone", "--headers", *self.compiler())

    def test_no_headers(self):
        shutil.rmtree(self.tree / "include")
        self.assert_fault("no public headers", "--headers", *self.compiler())


if __name__ == "__main__":
    unittest.main()
