"""Texts and comments of C++ sources, for the checks in this folder."""

import re

# A raw text, a text, a character (not a digit separator), a line comment, a comment.
NOT_CODE = re.compile(
    r'R"(?P<mark>[^(\s\\"]*)\(.*?\)(?P=mark)"|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])\'(?:\\.|[^\'\\\n])+\'|//[^\n]*|/\*.*?\*/',
    re.DOTALL)


def without_texts_and_comments(text):
    """The code alone; line numbers stay."""
    return NOT_CODE.sub(lambda found: "\n" * found.group().count("\n"), text)
