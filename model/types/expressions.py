r"""Expressions over an HTTP response, in a part of expr-lang's syntax (github.com/expr-lang/expr 1.17, Kargo 1.11).

Kargo compiles an expression only after the commit, when the step runs. Every expression that this module accepts
compiles, and its result is a boolean whenever the response has the parts that it reads. Variables, slices, pipes, maps
and comments are left out, and the operators % ** ^.
"""

import re
from collections.abc import Mapping
from typing import Annotated, NamedTuple, NoReturn

from pydantic import AfterValidator, WithJsonSchema

from model.problem import refusal
from model.types.plain import unevaluated
from model.types.regexes import RegexError, compiled

_EXAMPLE = "response.status == 200"
# The kinds of values, as error lines call them.
_BOOLEAN, _INTEGER, _NUMBER, _TEXT, _LIST = "true or false", "a whole number", "a number", "text", "a list"
_NIL, _RESPONSE, _FUNCTION = "nil", "the whole response", "a function"
# Content of a response, whose kind is unknown.
_ANY = "any value"
_NUMBERS, _ITEMS, _TEXTS = (_INTEGER, _NUMBER, _ANY), (_LIST, _ANY), (_TEXT, _ANY)
_VALUES = (_BOOLEAN, *_NUMBERS, _TEXT, _LIST, _NIL)

_OF_RESPONSE = "write response.status, response.body, response.headers or response.header(name)"
_PARTS: Mapping[str, str] = {"status": _INTEGER, "body": _ANY, "headers": _ANY, "header": _FUNCTION}
# Kinds of the arguments, and of the result.
_FUNCTIONS: Mapping[str, tuple[tuple[tuple[str, ...], ...], str]] = {
    "abs": ((_NUMBERS,), _NUMBER),
    "float": (((*_NUMBERS, _TEXT),), _NUMBER),
    "first": ((_ITEMS,), _ANY),
    "fromJSON": ((_TEXTS,), _ANY),
    "hasPrefix": ((_TEXTS, _TEXTS), _BOOLEAN),
    "hasSuffix": ((_TEXTS, _TEXTS), _BOOLEAN),
    "indexOf": ((_TEXTS, _TEXTS), _INTEGER),
    "int": (((*_NUMBERS, _TEXT),), _INTEGER),
    "keys": (((_ANY,),), _LIST),
    "last": ((_ITEMS,), _ANY),
    "len": (((*_ITEMS, _TEXT),), _INTEGER),
    "lower": ((_TEXTS,), _TEXT),
    "split": ((_TEXTS, _TEXTS), _LIST),
    "string": ((_VALUES,), _TEXT),
    "toJSON": ((_VALUES,), _TEXT),
    "trim": ((_TEXTS,), _TEXT),
    "type": ((_VALUES,), _TEXT),
    "upper": ((_TEXTS,), _TEXT),
    "values": (((_ANY,),), _LIST),
}
# Functions of a list and a predicate about each of its items.
_PREDICATES: Mapping[str, str] = {
    **dict.fromkeys(("all", "any", "none", "one"), _BOOLEAN),
    **{"count": _INTEGER, "filter": _LIST, "find": _ANY, "map": _LIST},
}
_ORDER = ("<", "<=", ">", ">=")
_WITHIN_TEXT = ("contains", "endsWith", "matches", "startsWith")
_COMPARING = ("==", "!=", "in", *_ORDER, *_WITHIN_TEXT)
_PRECEDENCE: Mapping[str, int] = {
    **{"or": 10, "||": 10, "and": 15, "&&": 15},
    **dict.fromkeys(_COMPARING, 20),
    **{"..": 25, "+": 30, "-": 30, "*": 60, "/": 60, "??": 500},
}
# Kinds of the sides of an operator, if not every kind is possible.
_SIDES: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(_ORDER, (*_NUMBERS, _TEXT)),
    **dict.fromkeys(_WITHIN_TEXT, _TEXTS),
    "..": (_INTEGER, _ANY),
}
_NOT, _MINUS = 50, 90
_DEEPEST = 40
_TOKEN = re.compile(
    r"""\ *(?:
    (?P<text>"(?:[^"\\]|\\[abfnrtv\\"])*"|'(?:[^'\\]|\\[abfnrtv\\'])*'|`[^`]*`)
    |(?P<number>[0-9]{1,15}(?:\.[0-9]{1,15})?(?![A-Za-z0-9_$]))
    |(?P<name>[A-Za-z_][A-Za-z0-9_]*)
    |(?P<sign>[?][.?]|[.][.]|[=!<>]=|&&|\|\||\#(?![A-Za-z0-9_$])|[-+*/!<>?:.,()\[\]{}])
    |(?P<end>$))""",
    re.VERBOSE,
)
_ESCAPES: Mapping[str, str] = dict(zip("abfnrtv", "\a\b\f\n\r\t\v", strict=True))


class _Token(NamedTuple):
    """A word of an expression: its group in `_TOKEN`, its text, and the number of its first character."""

    kind: str
    text: str
    at: int


class _Value(NamedTuple):
    """The result of an expression: its kind, the kind of a list's items, and the number of its first character."""

    kind: str
    at: int
    item: str = _ANY


def _wrong(at: int, problem: str, fix: str) -> NoReturn:
    raise refusal(f"wrong at character {at}: {problem}; {fix}")


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    position = 0
    while not found or found[-1].kind != "end":
        token = _TOKEN.match(text, position)
        if token is None:
            position += len(text[position:]) - len(text[position:].lstrip())
            if text[position] == "=":
                _wrong(position + 1, "= does not compare", "write ==")
            if text[position] in "&|":
                _wrong(position + 1, f"{text[position]} is no operator", f"write {text[position] * 2}")
            if text[position] in "\"'`":
                _wrong(position + 1, "the text does not end, or has an escape other than \\n or \\t", "correct it")
            _wrong(position + 1, "a character or number that does not belong here", f"write one such as {_EXAMPLE}")
        kind = token.lastgroup or ""
        found.append(_Token(kind, token[kind], token.start(kind) + 1))
        position = token.end()
    return found


class _Parser:
    """Reads one expression, as expr-lang's parser does."""

    def __init__(self, text: str) -> None:
        self._all = _tokens(text)
        self._next = 0
        self._depth = 0
        # The kinds of `#` in the predicates around.
        self._items: list[str] = []

    def whole(self) -> _Value:
        """Return the result of the whole expression.

        Raises:
            PydanticCustomError: if it does not compile, or never works.
        """
        value = self._expression()
        if self._token.kind != "end":
            _wrong(self._token.at, "an operator is missing here, or this does not belong here", "correct it")
        return value

    @property
    def _token(self) -> _Token:
        return self._all[self._next]

    def _take(self) -> _Token:
        token = self._token
        self._next += 1
        return token

    def _is(self, *texts: str) -> bool:
        return self._token.kind in ("sign", "name") and self._token.text in texts

    def _expect(self, text: str) -> None:
        if not self._is(text):
            _wrong(self._token.at, f"{text} is missing", "add it")
        self._take()

    def _expression(self, precedence: int = 0) -> _Value:
        self._depth += 1
        if self._depth > _DEEPEST:
            _wrong(self._token.at, "too deep", "write a shorter expression")
        left = self._primary()
        previous = ""
        while (operator := self._operator(precedence)) is not None:
            if previous == "??" and operator.text != "??":
                _wrong(operator.at, "an operator after ??", "write parentheses around the part with ??")
            left = self._applied(operator, left)
            previous = operator.text
        while precedence == 0 and self._is("?"):
            self._take()
            _boolean(left)
            one = self._expression()
            self._expect(":")
            other = self._expression()
            if one.kind != other.kind and not (_ANY in (one.kind, other.kind) and _NIL not in (one.kind, other.kind)):
                _wrong(other.at, "another kind of value than before the colon", "write values of one kind")
            left = _Value(one.kind if one.kind == other.kind else _ANY, left.at)
        self._depth -= 1
        return left

    def _operator(self, precedence: int) -> _Token | None:
        """Take and return the next operator if it binds as strongly; None otherwise."""
        at = self._next
        negated = self._is("not")
        if negated:
            self._take()
            if not self._is("in", *_WITHIN_TEXT):
                _wrong(self._token.at, "not stands before no operator", "write one such as not in")
        if self._token.kind in ("sign", "name") and _PRECEDENCE.get(self._token.text, -1) >= precedence:
            return self._take()
        self._next = at
        return None

    def _applied(self, operator: _Token, left: _Value) -> _Value:
        """Return the result of an operator. Its right side comes next."""
        strength, first, at = _PRECEDENCE[operator.text] + 1, self._token, self._next
        right = self._expression(strength)
        if operator.text == "matches":
            if first.kind != "text" or self._next != at + 1:
                _wrong(first.at, "not a regular expression in quotes", "write it in quotes")
            _regular(first)
        result = _result(operator, left, right)
        while operator.text in _ORDER and self._is(*_ORDER):
            # `1 < x < 3` is `1 < x && x < 3`.
            operator, left = self._take(), right
            right = self._expression(strength)
            _result(operator, left, right)
        return result

    def _primary(self) -> _Value:
        token = self._token
        if self._is("!", "not", "-"):
            return self._unary()
        if self._is("("):
            self._take()
            inner = self._expression()
            self._expect(")")
            return self._postfix(inner._replace(at=token.at))
        if self._items and self._is("#", "."):
            if token.text == "#":
                self._take()
            return self._postfix(_Value(self._items[-1], token.at))
        if self._is("["):
            return self._postfix(self._list())
        self._take()
        match token.kind, token.text:
            case "number", text:
                return _Value(_NUMBER if "." in text else _INTEGER, token.at)
            case "text", _:
                return self._postfix(_Value(_TEXT, token.at))
            case "name", "true" | "false":
                return _Value(_BOOLEAN, token.at)
            case "name", "nil":
                return _Value(_NIL, token.at)
            case "name", "response":
                return self._postfix(_Value(_RESPONSE, token.at))
            case "name", _ if self._is("("):
                return self._postfix(self._call(token))
            case "name", text if text not in _PRECEDENCE:
                _wrong(token.at, "an unknown name", _OF_RESPONSE)
        return _wrong(token.at, "a value is missing", f"write an expression such as {_EXAMPLE}")

    def _unary(self) -> _Value:
        operator = self._take()
        if operator.text == "-":
            inner = self._expression(_MINUS)
            _need(inner, _NUMBERS)
            return _Value(_INTEGER if inner.kind == _INTEGER else _NUMBER, operator.at)
        inner = self._expression(_NOT)
        if inner.kind != _BOOLEAN and self._is(*_COMPARING):
            _wrong(
                operator.at, f"{operator.text} applies to the next value only", "write parentheses around a comparison"
            )
        _boolean(inner)
        return _Value(_BOOLEAN, operator.at)

    def _list(self) -> _Value:
        at, kinds = self._take().at, set[str]()
        while not self._is("]"):
            if kinds:
                self._expect(",")
            inner = self._expression()
            _need(inner, _VALUES)
            kinds.add(inner.kind)
        self._take()
        return _Value(_LIST, at, kinds.pop() if len(kinds) == 1 else _ANY)

    def _call(self, function: _Token) -> _Value:
        self._take()
        if function.text in _PREDICATES:
            return self._predicate(function)
        if function.text not in _FUNCTIONS:
            _wrong(
                function.at, "an unknown function", f"write one of: {', '.join(sorted({*_FUNCTIONS, *_PREDICATES}))}"
            )
        kinds, result = _FUNCTIONS[function.text]
        for number, kind in enumerate(kinds):
            if number:
                self._expect(",")
            _need(self._expression(), kind)
        self._expect(")")
        return _Value(result, function.at, _TEXT if function.text == "split" else _ANY)

    def _predicate(self, function: _Token) -> _Value:
        items = self._expression()
        _need(items, _ITEMS)
        self._expect(",")
        braces = self._is("{")
        if braces:
            self._take()
        self._items.append(items.item)
        inner = self._expression()
        self._items.pop()
        if braces:
            self._expect("}")
        self._expect(")")
        if function.text == "map":
            _need(inner, _VALUES)
            return _Value(_LIST, function.at, inner.kind)
        _boolean(inner)
        return _Value(_PREDICATES[function.text], function.at, items.item)

    def _postfix(self, value: _Value) -> _Value:
        while self._is(".", "?.", "["):
            token = self._take()
            if token.text == "?." and self._is("["):
                token = self._take()
            if token.text == "[":
                index = self._expression()
                self._expect("]")
                _need(index, (_INTEGER, _ANY) if value.kind == _LIST else (_INTEGER, _TEXT, _ANY))
                _need(value, _ITEMS)
                value = _Value(value.item, value.at)
                continue
            name = self._take()
            if name.kind != "name":
                _wrong(name.at, "a name is missing", f"write one such as {_EXAMPLE}")
            if value.kind == _RESPONSE and name.text in _PARTS:
                value = _Value(_PARTS[name.text], value.at)
                if value.kind == _FUNCTION:
                    self._expect("(")
                    _need(self._expression(), _TEXTS)
                    self._expect(")")
                    value = _Value(_TEXT, value.at)
            elif value.kind == _RESPONSE:
                _wrong(name.at, "the response has no such part", _OF_RESPONSE)
            elif value.kind != _ANY or self._is("("):
                _wrong(name.at, f"{value.kind} has no such part", "correct it")
        return value


def _result(operator: _Token, left: _Value, right: _Value) -> _Value:
    """Return the result of an operator, if it can have such sides."""
    for side in (left, right):
        _need(side, _SIDES.get(operator.text, _VALUES))
    match operator.text:
        case "&&" | "and" | "||" | "or":
            _boolean(left)
            _boolean(right)
        case "==" | "!=" | "<" | "<=" | ">" | ">=":
            _comparable(operator, left, right)
        case "in":
            _need(right, _ITEMS)
            _comparable(operator, left, right._replace(kind=right.item if right.kind == _LIST else _ANY))
        case "..":
            return _Value(_LIST, left.at, _INTEGER)
        case "??":
            return right if left.kind == _NIL else left
        case "+" | "-" | "*" | "/":
            return _Value(_sum(operator.text, left, right), left.at)
    return _Value(_BOOLEAN, left.at)


def _sum(sign: str, left: _Value, right: _Value) -> str:
    """Return the kind of a sum, difference, product or quotient; + also joins text."""
    kinds = {left.kind, right.kind}
    for side in (left, right):
        _need(side, _TEXTS if sign == "+" and _TEXT in kinds else _NUMBERS)
    if kinds == {_TEXT}:
        return _TEXT
    if sign == "+" and _ANY in kinds:
        return _ANY
    return _INTEGER if kinds == {_INTEGER} and sign != "/" else _NUMBER


def _need(value: _Value, kinds: tuple[str, ...]) -> None:
    """Require a value of one of these kinds."""
    if value.kind == _RESPONSE:
        _wrong(value.at, "the whole response is no value", _OF_RESPONSE)
    if value.kind not in kinds:
        wanted = " or ".join(kind for kind in kinds if kind not in (_ANY, _INTEGER)) or _INTEGER
        _wrong(value.at, f"{value.kind} in the place of {wanted}", "correct it")


def _boolean(value: _Value) -> None:
    """Require a boolean, and no value that could be another one."""
    if value.kind == _ANY:
        _wrong(value.at, "a value that might not be true or false", "compare it, such as response.body.ok == true")
    if value.kind != _BOOLEAN:
        _wrong(value.at, f"{value.kind} in the place of true or false", f"compare it, such as {_EXAMPLE}")


def _comparable(operator: _Token, left: _Value, right: _Value) -> None:
    """Require two values that can be equal, or have an order."""
    kinds = {_NUMBER if value.kind == _INTEGER else value.kind for value in (left, right)}
    if (len(kinds) > 1 and _ANY not in kinds) or kinds == {_LIST}:
        _wrong(operator.at, f"compares {left.kind} with {right.kind}", "compare values of one kind")


def _regular(literal: _Token) -> None:
    """Require a regular expression in Go's syntax in a text."""
    quote, text = literal.text[0], literal.text[1:-1]
    if quote != "`":
        text = re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[1]), text)
    try:
        compiled(text)
    except RegexError as mistake:
        _wrong(literal.at, f"not a regular expression in Go's syntax: {mistake}", "correct it")


def _condition(text: str) -> str:
    result = _Parser(unevaluated(text)).whole()
    if result.kind == _ANY:
        raise refusal(
            "may give another value than true or false, at which Kargo fails the Promotion; compare it, such as "
            "response.body.ok == true"
        )
    if result.kind != _BOOLEAN:
        raise refusal(f"gives {result.kind}, not true or false; compare it, such as {_EXAMPLE}")
    return text


Condition = Annotated[
    str,
    AfterValidator(_condition),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 1024, "pattern": r"^\S(.*\S)?$"}),
]
