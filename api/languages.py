"""Which of our languages a reader asks for: the address first, then what the browser says."""

from collections.abc import Iterator

LANGUAGES = ("zh", "en")


def preferred(accept_language: str | None) -> str:
    """Return the language of `Accept-Language` that is liked best and that we have; Chinese when it names neither.

    What is not well formed is passed over. Of languages liked equally well the first counts.
    """
    liked = [(weight, tag) for tag, weight in _weighed(accept_language or "") if tag in LANGUAGES and weight > 0]
    return max(liked, key=lambda each: each[0])[1] if liked else LANGUAGES[0]


def _weighed(header: str) -> Iterator[tuple[str, float]]:
    """Give the languages of a header, without their regions, with how much they are liked (0 to 1)."""
    for part in header.split(","):
        tag, _, quality = part.partition(";")
        name, _, weight = quality.strip().partition("=")
        try:
            yield tag.strip().lower().split("-")[0], float(weight) if name.strip().lower() == "q" else 1.0
        except ValueError:
            continue
