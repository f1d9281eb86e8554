"""The hard rules, by code: what makes a seeker and a place impossible together.

The codes are the vocabulary of the explanations. A place that several rules forbid is counted under the first of them.
"""

PERIOD = "period"
PROGRAMME = "programme"
TRAVEL = "travel"
AGE = "age"
NEEDS = "needs"
EXCLUDED = "excluded"
RESERVED = "reserved"
BANNED = "refused_before"  # a rerun: this very pair was refused

IN_ORDER = (PERIOD, PROGRAMME, TRAVEL, AGE, NEEDS, EXCLUDED, RESERVED, BANNED)
NUMBER = {code: number for number, code in enumerate(IN_ORDER)}
