#!/usr/bin/env python3
"""Compiles a file of misuses: as it stands it must compile; with each CASE_ that it names, it must fail with one error
whose message matches the pattern written below the case. Arguments: the file, then the compiler command."""

import re
import subprocess
import sys


def compiled(command, source, case):
    definition = [f"-D{case}"] if case else []
    result = subprocess.run([*command, *definition, "-fsyntax-only", "-fdiagnostics-color=never", source],
                            capture_output=True, text=True, check=False)
    return result.returncode, result.stderr


def fault_of(case, pattern, status, output):
    errors = re.findall(r"^.*\berror: .*$", output, re.MULTILINE)
    if status == 0:
        return f"{case}: compiles, and must not"
    if len(errors) != 1:
        return f"{case}: {len(errors)} errors, and must be one:\n{output}"
    if not re.search(pattern, output, re.DOTALL):
        return f"{case}: the error does not match \"{pattern}\":\n{output}"
    return None


def main():
    source, *command = sys.argv[1:]
    with open(source, encoding="utf-8") as file:
        cases = re.findall(r"defined\((CASE_\w+)\)\n\s*// error: (.*)", file.read())
    faults = []
    status, output = compiled(command, source, None)
    if status != 0:
        faults.append(f"as it stands, {source} does not compile:\n{output}")
    if not cases:
        faults.append(f"{source} has no cases")
    for case, pattern in cases:
        fault = fault_of(case, pattern, *compiled(command, source, case))
        if fault:
            faults.append(fault)
    print("\n".join(faults) if faults else f"{len(cases)} cases are refused")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
