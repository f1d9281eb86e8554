"""Every URL of the system, and what to put into it for a world."""

from collections.abc import Callable, Iterator
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from companies import interest_links
from notifications.stop_links import STOP
from tests.access.world import World
from visits import links

Arguments = Callable[[World], dict[str, Any]]


def _of(**parts: Callable[[World], Any]) -> Arguments:
    return lambda world: {name: part(world) for name, part in parts.items()}


def _company(world: World) -> dict[str, Any]:
    return {"kind": "company", "public_id": world.company.public_id}


def _of_company(**parts: Callable[[World], Any]) -> Arguments:
    return lambda world: _company(world) | _of(**parts)(world)


def _registration(world: World) -> dict[str, Any]:
    return {"country": "SE", "org_number": world.interest.company.org_number}


_member = _of_company(membership_id=lambda w: w.company.memberships.get(role="supervisor").public_id)
_invitation = _of_company(invitation_id=lambda w: w.invitation.public_id)
_request = _of_company(request_id=lambda w: w.join_request.public_id)
_own_company = _of(public_id=lambda w: w.company.public_id)
_own_school = _of(public_id=lambda w: w.school.public_id)
_own_class = _of(public_id=lambda w: w.school.public_id, class_id=lambda w: w.school_class.public_id)
_school_contact = _of(public_id=lambda w: w.school.public_id, contact_id=lambda w: w.school_contact.public_id)
_booking = _of(public_id=lambda w: w.booking.public_id)
_in_line = _of(public_id=lambda w: w.group_in_line.public_id)
_draft = _of(offer_id=lambda w: w.draft.public_id)
_free_slot = _of(slot_id=lambda w: w.spare_slot.public_id)
_closure = _of(closure_id=lambda w: w.closure.public_id)
_question = _of(question_id=lambda w: w.question.public_id)
_picture = _of(picture_id=lambda w: w.picture.public_id)
_interest_link = _of(token=lambda w: interest_links.token_of(w.interest))
_host_link = _of(token=lambda w: links.HOST.token(w.booking.public_id))
_messages_link = _of(token=lambda w: links.MESSAGES.token([w.booking.public_id, w.contact.public_id]))

_figures = _of(region_id=lambda w: w.region.public_id, year=lambda w: w.year)
_figure = _of(region_id=lambda w: w.region.public_id, year=lambda w: w.year, key=lambda w: "offers-published")

# What an address needs beside its name. Those not here need nothing.
ARGUMENTS: dict[str, Arguments] = {
    **dict.fromkeys(
        ["notifications:preview_detail", "notifications:preview_frame"], _of(name=lambda w: "booking_requested")
    ),
    "notifications:notice": _of(public_id=lambda w: w.inbox_notice.public_id),
    "notifications:stop": _of(token=lambda w: STOP.token(w.mail.pk)),
    "accounts:leave": _of(membership_id=lambda w: w.company.memberships.get(role="supervisor").public_id),
    "accounts:invitation_accept": lambda w: {"token": "no-such-invitation"},
    "accounts:people": _company,
    "accounts:join": _company,
    "accounts:invite": _company,
    "accounts:member_change": _member,
    "accounts:member_remove": _member,
    "accounts:invitation_renew": _invitation,
    "accounts:invitation_revoke": _invitation,
    "accounts:request_admit": _request,
    "accounts:request_decline": _request,
    "companies:company_detail": _own_company,
    "companies:company_register_details": _registration,
    "companies:interest_renew": _of(public_id=lambda w: w.interest.public_id),
    "companies:interest_answer": _interest_link,
    "companies:interest_thanks": _interest_link,
    "companies:interest_new_link": _interest_link,
    **dict.fromkeys(
        [
            "companies:company_profile",
            "companies:company_edit",
            "companies:interest_edit",
            "companies:company_register_workplace",
            "companies:company_register_contact",
            "companies:company_welcome",
            "companies:workplace_create",
            "companies:contact_create",
        ],
        _own_company,
    ),
    "companies:workplace_edit": _of(
        public_id=lambda w: w.company.public_id, workplace_id=lambda w: w.workplace.public_id
    ),
    "companies:contact_edit": _of(
        public_id=lambda w: w.company.public_id, contact_id=lambda w: w.spare_contact.public_id
    ),
    "companies:contact_remove": _of(
        public_id=lambda w: w.company.public_id, contact_id=lambda w: w.spare_contact.public_id
    ),
    **dict.fromkeys(
        [
            "schools:school_detail",
            "schools:class_create",
            "schools:class_copy",
            "schools:contact_create",
            "schools:closed_days",
            "schools:closed_days_remove",
        ],
        _own_school,
    ),
    **dict.fromkeys(["schools:class_edit", "schools:class_archive", "schools:class_restore"], _own_class),
    **dict.fromkeys(["schools:contact_edit", "schools:contact_remove"], _school_contact),
    "visits:search_remove": _of(search_id=lambda w: w.search.public_id),
    "visits:favourite_set": _of(public_id=lambda w: w.draft.public_id),
    "visits:favourite_host_set": _of(public_id=lambda w: w.company.public_id),
    "visits:offer_detail": _of(public_id=lambda w: w.draft.public_id),
    **dict.fromkeys(
        [
            "visits:booking_detail",
            "visits:booking_answer",
            "visits:proposal_answer",
            "visits:booking_cancel",
            "visits:booking_size",
            "visits:booking_hand_over",
            "visits:booking_contact",
            "visits:checklist_save",
            "visits:booking_needs",
            "visits:ask_create",
            "visits:ask_take_back",
            "visits:ask_answer",
            "visits:booking_transport",
            "visits:booking_calendar",
            "visits:message_create",
        ],
        _booking,
    ),
    "visits:booking_create": _of(public_id=lambda w: w.slot.public_id),
    "visits:waiting_create": _of(public_id=lambda w: w.slot.public_id),
    **dict.fromkeys(["visits:waiting_detail", "visits:waiting_answer", "visits:waiting_pass_over"], _in_line),
    "visits:waiting_link": _of(token=lambda w: links.WAITING.token(w.group_in_line.public_id)),
    **dict.fromkeys(
        [
            "visits:booking_print",
            "visits:booking_after",
            "visits:booking_again",
            "visits:booking_next",
            "visits:booking_follow_up",
            "visits:booking_certificate",
        ],
        _booking,
    ),
    "visits:after_link": _of(token=lambda w: links.AFTER.token([w.booking.public_id, "host", ""])),
    "visits:calendar_feed": _of(token=lambda w: w.feed_token),
    "visits:calendar_revoke": _of(feed_id=lambda w: w.feed.public_id),
    "visits:message_file": _of(file_id=lambda w: w.file.public_id),
    "visits:message_link": _messages_link,
    "visits:message_link_file": lambda w: _messages_link(w) | {"file_id": w.file.public_id},
    "visits:host_link": _host_link,
    "visits:host_link_cancel": _host_link,
    **dict.fromkeys(["visits:co_host_edit", "visits:co_host_ask"], _of(offer_id=lambda w: w.offer.public_id)),
    "visits:co_host_answer": _of(co_host_id=lambda w: w.asked_together.public_id),
    "visits:co_host_remove": _of(co_host_id=lambda w: w.co_host.public_id),
    "visits:co_host_link": _of(
        token=lambda w: links.CO_HOST.token([w.asked_together.offer.public_id, w.company.public_id])
    ),
    "visits:checklist_link": _host_link,
    "visits:ask_link": _of(token=lambda w: links.ASKED.token([w.booking.public_id, ""])),
    "visits:proposal_link": _of(token=lambda w: links.SCHOOL.token(w.booking.public_id)),
    **dict.fromkeys(
        [
            "visits:host_offer_detail",
            "visits:host_offer_edit",
            "visits:host_offer_copy",
            "visits:host_offer_publish",
            "visits:host_offer_pause",
            "visits:host_offer_delete",
            "visits:host_slot_create",
            "visits:host_times_by_rule",
            "visits:host_times_copy",
            "visits:host_times_take_back",
            "visits:host_picture_list",
            "visits:material_list",
        ],
        _draft,
    ),
    **dict.fromkeys(
        [
            "visits:host_slot_detail",
            "visits:host_slot_edit",
            "visits:host_slot_close",
            "visits:host_slot_move",
            "visits:host_slot_run",
            "visits:host_slot_cancel",
            "visits:host_slot_withdraw",
            "visits:host_slot_print",
        ],
        _free_slot,
    ),
    **dict.fromkeys(
        ["visits:question_list", "visits:question_create", "visits:closure_list"],
        _of(company_id=lambda w: w.company.public_id),
    ),
    "visits:closure_remove": _closure,
    **dict.fromkeys(["visits:question_edit", "visits:question_move", "visits:question_remove"], _question),
    "visits:host_picture_describe": _picture,
    "visits:host_picture_move": _picture,
    "visits:host_picture_remove": _picture,
    **dict.fromkeys(
        ["visits:material_remove", "visits:material_file"], _of(material_id=lambda w: w.material.public_id)
    ),
    **dict.fromkeys(
        ["visits:school_poster", "visits:school_plan", "visits:school_plan_example", "near_school"],
        _of(school_id=lambda w: w.school.public_id),
    ),
    "visits:plan_step_remove": _of(school_id=lambda w: w.school.public_id, step_id=lambda w: w.plan_step.public_id),
    "visits:school_poster_file": _of(school_id=lambda w: w.school.public_id, shape=lambda w: "a4"),
    "visits:picture": _of(picture_id=lambda w: w.picture.public_id, width=lambda w: 480),
    **dict.fromkeys(["coordination:figures", "coordination:figures_export"], _figures),
    **dict.fromkeys(["coordination:figure_rows", "coordination:figure_rows_export"], _figure),
    **dict.fromkeys(
        ["coordination:import_detail", "coordination:import_apply", "coordination:import_restart"],
        _of(public_id=lambda w: w.import_run.public_id),
    ),
    **dict.fromkeys(
        [
            "coordination:owner_schools",
            "coordination:owner_bookings",
            "coordination:owner_people",
            "coordination:owner_closed_days",
            "coordination:owner_closed_days_remove",
        ],
        _of(owner_id=lambda w: w.school_owner.public_id),
    ),
    **dict.fromkeys(
        ["coordination:goal_list", "coordination:goal_create"], _of(region_id=lambda w: w.region.public_id)
    ),
    **dict.fromkeys(["coordination:goal_edit", "coordination:goal_remove"], _of(goal_id=lambda w: w.goal.public_id)),
    "coordination:region_settings": _of(region_id=lambda w: w.region.public_id),
    "coordination:vetting_detail": _of(public_id=lambda w: w.vetting.public_id),
    "coordination:booking_stuck_list": _of(region_id=lambda w: w.region.public_id),
    **dict.fromkeys(
        ["coordination:region_detail", "coordination:region_edit", "coordination:region_logo"],
        _of(region_id=lambda w: w.region.public_id),
    ),
    "account_reset_password_from_key": lambda w: {"uidb36": "1", "key": "no-such-key"},
    "mfa_remove_webauthn": lambda w: {"pk": 1},
    "mfa_edit_webauthn": lambda w: {"pk": 1},
}


def views() -> Iterator[tuple[str, Any]]:
    """Each address outside the administration by its full name, with its view."""
    yield from _walk(get_resolver(), "")


def _walk(resolver: URLResolver, prefix: str) -> Iterator[tuple[str, Any]]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLPattern):
            yield f"{prefix}{pattern.name}", pattern.callback
        elif pattern.namespace != "admin":
            yield from _walk(pattern, f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix)
