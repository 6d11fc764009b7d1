"""Slips of the finger in an account reference: one character wrong, missing or too many, or two neighbours swapped."""

from __future__ import annotations

from gateway.domain.references import ALPHABET, LENGTH, check_holds, normalised


def is_one_slip(typed: str, meant: str) -> bool:
    """Whether one slip leads from one reference to the other. Equal ones are none."""
    one, other = normalised(typed), normalised(meant)
    if one == other or not one or not other or abs(len(one) - len(other)) > 1:
        return False
    start = next((place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
    if start is None:  # the longer one has a character more at its end
        return True
    rests = (one[start:], other[start:])
    swapped = rests[0][:2] == rests[1][1::-1] and rests[0][2:] == rests[1][2:]
    return swapped or rests[0][1:] == rests[1][1:] or rests[0][1:] == rests[1] or rests[0] == rests[1][1:]


def meant_references(typed: str) -> tuple[str, ...]:
    """Generated references from which one slip leads to what was typed, by their check character: a few, sorted.

    Empty for what is too long or too short to be one, and for a reference that is right.
    """
    text = normalised(typed)
    if not LENGTH - 1 <= len(text) <= LENGTH + 1 or check_holds(text):
        return ()
    return tuple(sorted(found for found in _one_slip_away(text) if check_holds(found)))


def _one_slip_away(text: str) -> set[str]:
    halves = [(text[:place], text[place:]) for place in range(len(text) + 1)]
    found = {before + after[1:] for before, after in halves if after}
    found |= {before + letter + after[1:] for before, after in halves if after for letter in ALPHABET}
    found |= {before + letter + after for before, after in halves for letter in ALPHABET}
    found |= {before + after[1] + after[0] + after[2:] for before, after in halves if len(after) > 1}
    return found - {text}
