r"""Sets of tags: the tags that regular expressions match, compared exactly.

An expression becomes a nondeterministic automaton over the characters of tags. What is rare in expressions for tags
(flags, Unicode classes, word boundaries) and what is too large gives no answer.
"""

import re
import string
from collections.abc import Iterable, Iterator, Sequence
from functools import cache

_CHARACTERS = frozenset(string.ascii_letters + string.digits + "_.-")
_FIRST = r"^[A-Za-z0-9_]"
_CLASSES = {
    "d": frozenset(string.digits),
    "w": frozenset(string.ascii_letters + string.digits + "_"),
    "s": frozenset[str](),
    "alpha": frozenset(string.ascii_letters),
    "alnum": frozenset(string.ascii_letters + string.digits),
    "digit": frozenset(string.digits),
    "lower": frozenset(string.ascii_lowercase),
    "upper": frozenset(string.ascii_uppercase),
    "word": frozenset(string.ascii_letters + string.digits + "_"),
    "xdigit": frozenset(string.hexdigits),
}
_REPETITION = re.compile(r"(?:[*+?]|\{(0|[1-9][0-9]*)(?:(,)(0|[1-9][0-9]*)?)?\})\??")
_GROUP = re.compile(r"\((?:\?:|\?P?<\w+>)?(?!\?)")
_POSIX = re.compile(r"\[:(\^?)([a-z]+):\]")
_MOST_STATES = 2000
_MOST_WORK = 30_000
_START, _END = 0, 1
_State = frozenset[int]


class _UnknownError(Exception):
    """An expression without an answer."""


class _Automaton:
    """The automaton of an expression that is searched in a tag. Labels are characters, or `^`, `$` and nothing."""

    def __init__(self, expression: str) -> None:
        self._text = expression
        self._at = 0
        self._edges: list[list[tuple[frozenset[str] | str, int]]] = [[], []]
        self._join(self._alternatives(_START), _END)
        if self._at < len(expression):
            raise _UnknownError
        self._useful = self._leading_to_the_end()

    @property
    def sets(self) -> Iterator[frozenset[str]]:
        """The sets of characters that the automaton distinguishes."""
        return (label for edges in self._edges for label, _ in edges if isinstance(label, frozenset))

    def begin(self) -> _State:
        """Return the state before the first character."""
        return self._closure({_START}, "^")

    def step(self, state: _State, character: str) -> _State:
        """Return the state after a character."""
        if _END in state:
            return frozenset({_END})
        after = {to for one in state for label, to in self._edges[one] if label and character in label}
        return self._closure({_START, *after}, "")

    def accepts(self, state: _State) -> bool:
        """Return whether a tag that ends in this state matches."""
        return _END in self._closure(state, "$")

    def _closure(self, states: Iterable[int], anchor: str) -> _State:
        found, new = set[int](), [*states]
        while new:
            state = new.pop()
            if state not in found:
                found.add(state)
                new += [to for label, to in self._edges[state] if label in ("", anchor)]
        return self._useful & found

    def _leading_to_the_end(self) -> frozenset[int]:
        """Return the places from which a match is possible after the first character."""
        before: dict[int, list[int]] = {}
        for place, edges in enumerate(self._edges):
            for label, to in edges:
                if label != "^":
                    before.setdefault(to, []).append(place)
        found, new = {_END}, [_END]
        while new:
            more = {place for place in before.get(new.pop(), ()) if place not in found}
            found |= more
            new += more
        return frozenset(found)

    # The parser adds the edges of each part from a state, and returns the state after the part.

    def _alternatives(self, start: int) -> int:
        end = self._new()
        while True:
            self._join(self._sequence(self._after(start)), end)
            if not self._take("|"):
                return end

    def _sequence(self, start: int) -> int:
        while self._at < len(self._text) and self._text[self._at] not in "|)":
            start = self._repeated(start)
        return start

    def _repeated(self, start: int) -> int:
        at = self._at
        end = self._one(self._after(start))
        times = _REPETITION.match(self._text, self._at)
        if not times:
            return end
        after = times.end()
        least, most = self._times(times)
        end = start
        for _ in range(least):
            end = self._again(at, end)
        if most is None:
            loop = self._after(end)
            self._join(self._again(at, loop), loop)
            end = loop
        else:
            stop = self._new()
            self._join(end, stop)
            for _ in range(most - least):
                end = self._again(at, end)
                self._join(end, stop)
            end = stop
        self._at = after
        return end

    @staticmethod
    def _times(found: re.Match[str]) -> tuple[int, int | None]:
        least, comma, most = found.groups()
        if least is None:
            return {"*": (0, None), "+": (1, None), "?": (0, 1)}[found[0][0]]
        if not comma:
            return int(least), int(least)
        return int(least), int(most) if most else None

    def _again(self, at: int, start: int) -> int:
        self._at = at
        return self._one(self._after(start))

    def _one(self, start: int) -> int:
        """Add a group, an anchor or a set of characters."""
        if group := _GROUP.match(self._text, self._at):
            self._at = group.end()
            end = self._alternatives(start)
            if not self._take(")"):
                raise _UnknownError
            return end
        for text, anchor in (("^", "^"), (r"\A", "^"), ("$", "$"), (r"\z", "$")):
            if self._take(text):
                return self._edge(start, anchor)
        if self._take("."):
            return self._edge(start, _CHARACTERS)
        return self._edge(start, self._class() if self._take("[") else self._character())

    def _class(self) -> frozenset[str]:
        negated = self._take("^")
        found = set[str]()
        at = self._at
        while self._at == at or not self._take("]"):
            if named := _POSIX.match(self._text, self._at):
                self._at = named.end()
                found |= _complement(_known(named[2]), bool(named[1]))
                continue
            low = self._character(is_in_class=True)
            if len(low) == 1 and re.match("-[^]]", self._text[self._at :]):
                self._at += 1
                high = self._character(is_in_class=True)
                if len(high) > 1:
                    raise _UnknownError
                low = frozenset(map(chr, range(ord(min(low)), ord(max(high)) + 1)))
            found |= low
        return _complement(found, negated)

    def _character(self, is_in_class: bool = False) -> frozenset[str]:
        text = self._text[self._at : self._at + 1]
        self._at += 1
        if text == "\\":
            escaped = self._text[self._at : self._at + 1]
            self._at += 1
            if escaped.lower() in ("d", "w", "s"):
                return frozenset(_complement(_CLASSES[escaped.lower()], escaped.isupper()))
            text = escaped
            if escaped.isalnum():
                raise _UnknownError
        elif not is_in_class and text in ("(", ")", "*", "+", "?", "{", "|"):
            raise _UnknownError
        if not text:
            raise _UnknownError
        return frozenset(text)

    def _take(self, text: str) -> bool:
        found = self._text.startswith(text, self._at)
        self._at += len(text) if found else 0
        return found

    def _new(self) -> int:
        if len(self._edges) >= _MOST_STATES:
            raise _UnknownError
        self._edges.append([])
        return len(self._edges) - 1

    def _after(self, state: int) -> int:
        """Return a new state that nothing but `state` leads to yet."""
        return self._edge(state, "")

    def _edge(self, start: int, label: frozenset[str] | str) -> int:
        end = self._new()
        self._edges[start].append((label & _CHARACTERS if isinstance(label, frozenset) else label, end))
        return end

    def _join(self, start: int, end: int) -> None:
        self._edges[start].append(("", end))


def _known(name: str) -> frozenset[str]:
    if name not in _CLASSES:
        raise _UnknownError
    return _CLASSES[name]


def _complement(found: Iterable[str], negated: bool) -> frozenset[str]:
    return _CHARACTERS - frozenset(found) if negated else frozenset(found)


_automaton = cache(_Automaton)


def may_match(matching: Sequence[str], *, none_of: Sequence[str] = ()) -> bool:
    """Return whether there is a tag that every expression in `matching` matches, and none in `none_of`.

    True also if that is unknown.
    """
    try:
        wanted = tuple(_automaton(expression) for expression in (_FIRST, *matching))
        unwanted = tuple(_automaton(expression) for expression in none_of)
        return _is_reachable(wanted, unwanted)
    except (_UnknownError, RecursionError):
        return True


@cache
def _is_reachable(wanted: tuple[_Automaton, ...], unwanted: tuple[_Automaton, ...]) -> bool:
    automata = [*wanted, *unwanted]
    sets = {one for automaton in automata for one in automaton.sets}
    # Characters in the same sets lead to the same states.
    characters = {tuple(character in one for one in sets): character for character in sorted(_CHARACTERS)}.values()
    first = tuple(automaton.begin() for automaton in automata)
    found, new = {first}, [first]
    work = 0
    while new:
        states = new.pop()
        for character in characters:
            after = tuple(one.step(state, character) for one, state in zip(automata, states, strict=True))
            work += sum(map(len, after))
            if work > _MOST_WORK:
                raise _UnknownError
            if after in found or not all(after[: len(wanted)]) or any(_END in state for state in after[len(wanted) :]):
                continue
            accepted = [one.accepts(state) for one, state in zip(automata, after, strict=True)]
            if all(accepted[: len(wanted)]) and not any(accepted[len(wanted) :]):
                return True
            found.add(after)
            new.append(after)
    return False
