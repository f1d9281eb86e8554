"""Visit offers: one of the company's own trade, one that anyone could give, and a third at some."""

from datetime import timedelta
from typing import Any

from accounts.enums import Language
from companies.models import Company, CompanyContact, Workplace
from coordination.demo import texts
from coordination.demo.organisations import language_of
from coordination.demo.people import PARTNERS
from coordination.demo.world import World
from visits.enums import AnswerMode, CostKind, OfferState, VisitKind
from visits.models import VisitOffer, VisitRule
from visits.subjects import in_order

_DRAFTS_EVERY, _PAUSED_EVERY = 12, 17
_PRICED_EVERY = 9


def make_offers(world: World) -> None:
    """The offers of joined companies, their rules and the occupations the class meets."""
    workplaces = {w.company_id: w for w in Workplace.objects.filter(company__is_demo=True)}
    contacts = {c.company_id: c for c in CompanyContact.objects.filter(company__is_demo=True).order_by("-pk")}
    own_turn: dict[tuple[str, str], int] = {}
    general_turn: dict[str, int] = {}
    described: list[tuple[VisitOffer, dict[str, Any], dict[str, Any]]] = []
    for company in world.companies.values():
        if company.joined_at is None:
            continue
        language = language_of(world, company)
        known = texts.offer_texts(language)
        theme = world.trades[company.name]["theme"]
        own = [text for text in known["offer"] if text["theme"] == theme]
        turn = own_turn.get((language, theme), 0)
        own_turn[language, theme] = turn + 1
        chosen = own if company.name in PARTNERS else [own[turn % len(own)]]
        general = general_turn.get(language, 0)
        general_turn[language] = general + 2
        extra = 3 if company.name in PARTNERS else 1
        chosen = chosen + [known["general"][(general + step) % len(known["general"])] for step in range(extra)]
        titles = set()
        for text in chosen:
            title = _filled(world, company, text["title"])
            if title not in titles:
                titles.add(title)
                described.append((_offer(world, company, workplaces, contacts, language, text), text, known["rules"]))
    for number, (offer, _text, _rules) in enumerate(described, 1):
        _set_state(world, offer, number)
    for name in PARTNERS:  # something to finish: a draft, and an offer that waits for its first times
        *_others, bare, draft = [offer for offer, _text, _rules in described if offer.company.name == name]
        world.without_times.add(bare.public_id)
        draft.state, draft.published_at = OfferState.DRAFT, None
    world.offers = world.store([offer for offer, _text, _rules in described])
    _make_rules(world, described)
    through = VisitOffer.occupations.through
    world.store(
        [
            through(visitoffer_id=offer.pk, occupation_id=key)
            for offer, text, _rules in described
            for key in text["occupations"]
        ]
    )


def _offer(
    world: World,
    company: Company,
    workplaces: dict[int, Workplace],
    contacts: dict[int, CompanyContact],
    language: str,
    text: dict[str, Any],
) -> VisitOffer:
    return VisitOffer(
        public_id=world.public_id(),
        company=company,
        workplace=workplaces[company.pk],
        contact=contacts[company.pk],
        kind=text["kind"],
        title=_filled(world, company, text["title"]),
        summary=_filled(world, company, text["summary"]),
        programme_of_day="\n".join(text["steps"]),
        lowest_grade=text["grades"][0],
        highest_grade=text["grades"][1],
        languages=[language, Language.EN] if world.chance(0.3) else [language],
        subjects=in_order(text.get("subjects", [])),
        group_min=text["group"][0],
        group_max=text["group"][1],
        duration_minutes=text["minutes"],
        screen_link=f"https://video.demo.example/{company.public_id}" if text["kind"] == VisitKind.ON_SCREEN else "",
        travel_km=60 if text["kind"] == VisitKind.GUEST_LESSON else None,
        answer_mode=AnswerMode.AUTO if world.chance(0.25) else AnswerMode.BY_HAND,
        answer_days=world.pick([5, 7, 7, 10]),
        cancel_days=world.pick([2, 3, 5]),
    )


def _set_state(world: World, offer: VisitOffer, number: int) -> None:
    """Most are published. The main companies answer by hand, so that there is something to answer."""
    offer.state = OfferState.PUBLISHED
    if number % _DRAFTS_EVERY == 0:
        offer.state = OfferState.DRAFT
    elif number % _PAUSED_EVERY == 0:
        offer.state = OfferState.PAUSED
    if number % _PRICED_EVERY == 0:
        offer.cost_kind, offer.cost_amount = CostKind.PER_CLASS, 500
    if offer.company.name in PARTNERS:
        offer.answer_mode = AnswerMode.BY_HAND
        offer.state = OfferState.PUBLISHED
    if offer.state != OfferState.DRAFT:
        offer.published_at = world.now - timedelta(days=20 + number % 40)


def _make_rules(world: World, described: list[tuple[VisitOffer, dict[str, Any], dict[str, Any]]]) -> None:
    rules = []
    for offer, text, known in described:
        named = [{"kind": known[key][0], "text": known[key][1]} for key in text["rules"]]
        world.rules_of[offer.public_id] = named
        rules += [VisitRule(offer=offer, **rule) for rule in named]
    world.store(rules)


def _filled(world: World, company: Company, text: str) -> str:
    return text.format(company=company.name, town=company.city, product=world.trades[company.name]["product"])
