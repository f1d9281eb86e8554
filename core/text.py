import unicodedata

# What people type when the letter is not on their keyboard, and the same sound in the neighbouring language.
_NORDIC = str.maketrans({"å": "a", "ä": "a", "æ": "a", "ö": "o", "ø": "o", "đ": "d", "ŋ": "n", "ŧ": "t", "ß": "ss"})


def fold(text: str) -> str:
    """The text as search compares it: lower case, without marks, å/ä/æ as a and ö/ø as o."""
    plain = text.casefold().translate(_NORDIC)
    return "".join(c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c))


def address_line(street: str, postcode: str, city: str) -> str:
    """An address on one line, without the parts that are missing: Verkstadsgatan 1, 611 30 Nyköping."""
    if len(postcode) == 5:
        postcode = f"{postcode[:3]} {postcode[3:]}"
    return ", ".join(filter(None, [street, f"{postcode} {city}".strip()]))
