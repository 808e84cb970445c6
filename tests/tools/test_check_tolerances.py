import unittest

from tree import TreeTest


class CheckTolerances(TreeTest):
    TOOL = "check_tolerances"
    FILES = {
        "tests/reference/tolerance.hpp": "inline constexpr double rounding = 1e-12;\n",
        "tests/unit/core/types_test.cpp": "",
    }

    def write_test(self, statement):
        self.write("tests/unit/core/types_test.cpp", f"\n{statement}\n")

    def test_names_of_the_table(self):
        for statement in ("EXPECT_NEAR(a, b, reference::rounding);", "ASSERT_NEAR(f(a, 1e-3), b, reference::rounding * (1.0 + b));",
                          "EXPECT_NEAR(a, b, reference::sampling_error(0.2, 100));", "EXPECT_LT((a - b).norm(), reference::rounding);",
                          "EXPECT_LE(a, b * (1.0 + reference::rounding));", "EXPECT_GT(accuracy, 0.9);"):
            with self.subTest(statement):
                self.write_test(statement)
                self.assert_clean()

    def test_tolerances_of_an_assertions_own(self):
        for statement in ("EXPECT_NEAR(a, b, 1e-9);", "EXPECT_NEAR(a, b, 0.5);", "ASSERT_NEAR(count, 1000, 50);",
                          "EXPECT_NEAR(f(a, b), b,\n            2.5E-7 * b);", "EXPECT_LT(a, 1e-9);", "EXPECT_LE(a, b * (1 + .001));",
                          "EXPECT_GE(a.minCoeff(), -1e-12);", "EXPECT_GT(error, 0.01);", "EXPECT_TRUE(a - b < 1e-12);",
                          "if (std::abs(a - b) > 5e-5) fail();", "check(radius * (1.0 - 1e-9));"):
            with self.subTest(statement):
                self.write_test(statement)
                self.assert_fault("tests/unit/core/types_test.cpp:2:")

    def test_small_numbers_that_are_no_tolerances(self):
        self.write_test('minimize(f, {.tolerance = 1e-9}); EXPECT_EQ(text(1e-10), "1e-10"); // EXPECT_NEAR(a, b, 1e-9)\n'
                        "const double h = 1e-6; for (const double scale : {1e-3, 1.0}) use<1>(scale);")
        self.assert_clean()

    def test_limits_of_an_oracle(self):
        self.write("tests/reference/oracle.hpp", "if (moved < 1e-13) break;\n")
        self.assert_clean()
        self.write("tests/reference/oracle.hpp", "EXPECT_NEAR(a, b, 1e-9);\n")
        self.assert_fault("tests/reference/oracle.hpp:1: 1e-9 is a tolerance of its own")

    def test_a_program_from_outside(self):
        self.write("tests/consumer/main.cpp", "if (std::abs(a) > 1e-12) return 1;\n")
        self.assert_clean()

    def test_no_table(self):
        (self.tree / "tests/reference/tolerance.hpp").unlink()
        self.assert_fault("tests/reference/tolerance.hpp: missing")


if __name__ == "__main__":
    unittest.main()
