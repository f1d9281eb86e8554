import secrets

# No vowels and no look-alikes: an identifier read over the telephone is neither a word nor a guess.
ALPHABET = "23456789bcdfghjkmnpqrstvwxz"
LENGTH = 12


def new_public_id() -> str:
    """A random identifier of 12 characters (57 bits) for URLs: rows cannot be counted or guessed from outside."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
