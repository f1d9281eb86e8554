"""What the demo's main companies have prepared for the next visits, and visits that two companies hold together."""

from datetime import timedelta

from coordination.demo.people import PARTNERS
from coordination.demo.world import MARK, World
from visits.enums import BookingState, OfferState, VisitKind
from visits.models import CoHost, HostCheck, VisitBooking, VisitOffer


def make_preparations(world: World) -> None:
    """In turn everything, a part and nothing is ready."""
    coming = VisitBooking.objects.filter(
        public_id__startswith=MARK,
        state=BookingState.CONFIRMED,
        slot__starts_at__gt=world.now,
        slot__offer__company__name__in=PARTNERS,
    ).select_related("slot__offer")
    checks: list[HostCheck] = []
    for number, booking in enumerate(coming.order_by("slot__starts_at", "public_id")):
        items = booking.slot.offer.checks
        ready = [items, items[:3], []][number % 3]
        checks += [HostCheck(booking=booking, item=item) for item in ready]
    world.store(checks)
    _make_co_hosts(world)


def _make_co_hosts(world: World) -> None:
    """For each main company one visit with a neighbour that has said yes, and a question that waits for it."""
    co_hosts: list[CoHost] = []
    others = [company for company in world.companies.values() if company.joined_at and company.name not in PARTNERS]
    for name in PARTNERS:
        owner = world.companies[name]
        near = [company for company in others if company.municipality_id == owner.municipality_id]
        if not near:
            continue
        visits = VisitOffer.objects.filter(state=OfferState.PUBLISHED, kind=VisitKind.COMPANY_VISIT)
        asked_at = world.now - timedelta(days=12)
        if own := visits.filter(company=owner).order_by("pk").first():
            said_yes = asked_at + timedelta(days=1)
            co_hosts.append(
                CoHost(
                    public_id=world.public_id(), offer=own, company=near[0], asked_at=asked_at, confirmed_at=said_yes
                )
            )
        if theirs := visits.filter(company=near[-1]).order_by("pk").first():
            co_hosts.append(
                CoHost(public_id=world.public_id(), offer=theirs, company=owner, asked_at=world.now - timedelta(days=1))
            )
    world.store(co_hosts)
