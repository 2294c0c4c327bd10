"""How people say numbers in English: digits, grouped digits, words, digit by digit."""
from __future__ import annotations

_ONES = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()  # noqa: SIM905
_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SCALES = ((1_000_000, "million"), (1000, "thousand"))


def words(number: int, joint: str = " and ") -> str:
    """The words of a NUMBER from 0 to 999,999,999; JOINT stands behind the hundreds."""
    for scale, name in _SCALES:
        if number >= scale:
            rest = number % scale
            return f"{words(number // scale, joint)} {name}" + (f" {words(rest, joint)}" if rest else "")
    if number >= 100:
        rest = number % 100
        return f"{_ONES[number // 100]} hundred" + (joint + words(rest) if rest else "")
    if number < 20:
        return _ONES[number]
    return _TENS[number // 10] + (f" {_ONES[number % 10]}" if number % 10 else "")


def forms(text: str) -> dict[str, str]:
    """The ways of saying the number or code that TEXT spells in digits, by kind; only itself ("digits") where it is none."""
    said = {"digits": text}
    if text.isascii() and text.isdigit():
        said["digit by digit"] = " ".join(_ONES[int(digit)] for digit in text)
        if "0" in text:
            said["digit by digit, oh"] = said["digit by digit"].replace("zero", "oh")
        said["spaced"] = " ".join(text)
        if len(text) == 4 and "0" not in text[::2]:
            said["pairs"] = " ".join(words(int(text[at : at + 2])) for at in (0, 2))
        if len(text) < 10 and str(int(text)) == text:
            number = int(text)
            said |= {"words": words(number), "words, no and": words(number, " ")}
            if number >= 1000:
                said["grouped"] = f"{number:,}"
            if 1100 <= number < 10_000 and number % 100 == 0 and number % 1000:
                said["hundreds"] = f"{words(number // 100)} hundred"
    elif "." in text:
        whole, _, part = text.partition(".")
        if whole.isdigit() and part.isdigit() and len(part) == 1:
            said["cents"] = f"{whole}.{part}0"
    return said
