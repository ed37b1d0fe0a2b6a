"""Templates: text with expressions between `${{` and `}}`, or between `${%` and `%}` (Kargo 1.11, json_templates.go).

Kargo compiles an expression only when its step runs. These checks find the mistakes of the delimiters: the rest of the
expression is expr-lang, with Kargo's functions, and is passed on as it is.
"""

import re
from typing import Annotated, NamedTuple

from pydantic import AfterValidator, WithJsonSchema

from model.problem import refusal

_ENDS = {"${{": "}}", "${%": "%}"}
_START = re.compile(r"\$\{[{%]")
# Quoted text and comments of expr-lang 1.17; and what remains of them, with the brackets.
_TOKEN = re.compile(
    r'"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'|`[^`]*`|//[^\n]*|/\*.*?\*/|(?P<mark>/\*|["\'`()\[\]{}])', re.DOTALL
)
_PAIRS = {")": "(", "]": "[", "}": "{"}
_EXAMPLE = "${{ status('name') == 'Succeeded' }}"


class Template(NamedTuple):
    """The parts of a template.

    Args:
        literals: the text before, between and after the expressions; always one more than expressions.
        expressions: the expressions, without their delimiters.
    """

    literals: list[str]
    expressions: list[str]


def parsed(text: str) -> Template:
    """Return the parts of a template as Kargo finds them: an expression ends at the first end of its kind.

    Raises:
        PydanticCustomError: if an expression does not end, is empty, or ends within quotes or brackets.
    """
    found = Template([], [])
    at = 0
    while start := _START.search(text, at):
        end = text.find(_ENDS[start[0]], start.end())
        if end < 0:
            raise refusal(
                f"contains {start[0]} without {_ENDS[start[0]]}; add {_ENDS[start[0]]} at the end of the expression"
            )
        expression = text[start.end() : end]
        if not expression.strip():
            raise refusal("contains an expression without content; write one, or remove its delimiters")
        if not _is_closed(expression):
            raise refusal(
                f"contains an expression that ends within quotes or brackets; close them, or write "
                f"{_other(start[0])} around an expression that contains {_ENDS[start[0]]}"
            )
        found.literals.append(text[at : start.start()])
        found.expressions.append(expression)
        at = end + len(_ENDS[start[0]])
    found.literals.append(text[at:])
    return found


def _other(start: str) -> str:
    ((opening, closing),) = [pair for pair in _ENDS.items() if pair[0] != start]
    return f"{opening} … {closing}"


def _is_closed(expression: str) -> bool:
    """Return whether every quote and bracket of an expression has its end."""
    opened: list[str] = []
    for token in _TOKEN.finditer(expression):
        match token["mark"]:
            case None:
                pass
            case "(" | "[" | "{" as mark:
                opened.append(mark)
            case ")" | "]" | "}" as mark if opened and opened[-1] == _PAIRS[mark]:
                opened.pop()
            case _:
                return False
    return not opened


def _one_expression(text: str) -> str:
    found = parsed(text)
    if len(found.expressions) != 1 or any(found.literals):
        # Kargo makes text of anything else, and text is no boolean.
        raise refusal(f"not one expression; write it as a whole between ${{{{ and }}}}, such as {_EXAMPLE}")
    return text


Expression = Annotated[
    str,
    AfterValidator(_one_expression),
    WithJsonSchema({"type": "string", "pattern": r"^\$\{(\{[\s\S]*\}|%[\s\S]*%)\}$"}),
]
