"""Pages about people: who belongs to an organisation, and what a person belongs to."""

from collections.abc import Callable
from typing import Any

from allauth.account.decorators import reauthentication_required
from django.conf import settings as django_settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.i18n import set_language as django_set_language

from accounts import actions, bounces
from accounts.enums import Language, OrganisationKind, Role
from accounts.forms import InviteForm, JoinForm, MembershipForm, SettingsForm
from accounts.history import history_of
from accounts.models import Invitation, JoinRequest, Membership, User
from accounts.organisations import joinable, where_answering, where_member, where_people_visible
from accounts.permissions import manager, member, signed_in
from accounts.requests import SignedInRequest
from core.access import POST_ONLY, access, anyone, link_holder
from core.errors import ActionRefused
from core.secret_pages import secret

MEMBERS_PER_PAGE = 50


@access(signed_in)
def my_memberships(request: SignedInRequest) -> HttpResponse:
    """What I belong to, and where I wait to be let in."""
    memberships = Membership.objects.filter(user=request.user).select_related(*OrganisationKind.values)
    waiting = JoinRequest.objects.pending().filter(user=request.user).select_related(*OrganisationKind.values)
    return TemplateResponse(request, "accounts/my_memberships.html", {"memberships": memberships, "waiting": waiting})


@access(signed_in)
def settings(request: SignedInRequest) -> HttpResponse:
    """My name, telephone and language."""
    form = SettingsForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        user = form.save()
        translation.activate(user.language)
        messages.success(request, _("Your settings are saved."))
        return redirect("accounts:settings")
    return TemplateResponse(request, "accounts/settings.html", {"form": form})


@access(signed_in, methods=POST_ONLY)
def address_works(request: SignedInRequest) -> HttpResponse:
    """Mail to me came back, and I say that it will not again."""
    bounces.clear(request.user.email)
    messages.success(request, _("Good. If mail comes back again, you will see it here."))
    return redirect(django_settings.LOGIN_REDIRECT_URL)


@access(anyone, methods=POST_ONLY)
def set_language(request: HttpRequest) -> HttpResponse:
    """Change the language of the pages; for somebody signed in also of their account and mails."""
    language = request.POST.get("language")
    if request.user.is_authenticated and language in Language.values:
        User.objects.filter(pk=request.user.pk).update(language=language)
    return django_set_language(request)


@access(signed_in)
def leave(request: SignedInRequest, membership_id: str) -> HttpResponse:
    """Ask once more, then end my own membership."""
    membership = get_object_or_404(
        Membership.objects.select_related(*OrganisationKind.values), user=request.user, public_id=membership_id
    )
    refusal = ""
    if request.method == "POST":
        organisation = membership.organisation
        try:
            actions.leave(membership)
        except ActionRefused as refused:
            refusal = str(refused)
        else:
            messages.success(request, _("You have left %(organisation)s.") % {"organisation": organisation})
            return redirect("accounts:my_memberships")
    return TemplateResponse(request, "accounts/leave.html", {"membership": membership, "refusal": refusal})


@access(link_holder)
def invitation_accept(request: HttpRequest, token: str) -> HttpResponse:
    """The link of an invitation: says what it offers; a button accepts, once signed in with the invited address."""
    invitation = (
        Invitation.objects.open()
        .select_related("invited_by", *OrganisationKind.values)
        .filter(token_hash=actions.token_hash(token))
        .first()
    )
    if invitation is None:
        return secret(TemplateResponse(request, "accounts/invitation_over.html", status=410))
    is_for_reader = request.user.is_authenticated and actions.is_for(invitation, request.user)
    refusal = ""
    if request.method == "POST" and request.user.is_authenticated:
        try:
            membership = actions.accept_invitation(invitation, by=request.user)
        except ActionRefused as refused:
            refusal = str(refused)
        else:
            messages.success(request, _("Welcome to %(organisation)s.") % {"organisation": membership.organisation})
            return redirect(django_settings.LOGIN_REDIRECT_URL)
    context = {"invitation": invitation, "is_for_reader": is_for_reader, "refusal": refusal}
    return secret(TemplateResponse(request, "accounts/invitation_accept.html", context))


@access(signed_in)
def join(request: SignedInRequest, kind: OrganisationKind, public_id: str) -> HttpResponse:
    """Ask a company or a school to be let in."""
    organisation = get_object_or_404(joinable(kind), public_id=public_id)
    form = JoinForm(request.POST or None, kind=kind)
    if request.method == "POST" and form.is_valid():
        try:
            actions.ask_to_join(organisation=organisation, by=request.user, **form.cleaned_data)
        except ActionRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(
                request, _("You have asked. %(organisation)s answers by mail.") % {"organisation": organisation}
            )
            return redirect("accounts:my_memberships")
    return TemplateResponse(request, "accounts/join.html", {"form": form, "organisation": organisation})


@access(member)
def people(request: SignedInRequest, kind: OrganisationKind, public_id: str) -> HttpResponse:
    """Who belongs to an organisation. Those who manage it also see invitations, requests and history."""
    organisation = get_object_or_404(where_people_visible(kind, request.user), public_id=public_id)
    return _people_page(request, kind, organisation)


@access(manager, methods=POST_ONLY)
@reauthentication_required
def invite(request: SignedInRequest, kind: OrganisationKind, public_id: str) -> HttpResponse:
    """Invite somebody by mail. An error shows the form again, with the list around it."""
    own = _own_managing_membership(request, kind, public_id)
    form = InviteForm(request.POST, roles=own.grantable_roles)
    if form.is_valid():
        try:
            invitation = actions.invite(organisation=own.organisation, by=request.user, **form.cleaned_data)
        except ActionRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("An invitation is on its way to %(email)s.") % {"email": invitation.email})
            return redirect("accounts:people", kind, public_id)
    return _people_page(request, kind, own.organisation, invite_form=form)


@access(manager)
@reauthentication_required(allow_get=True)
def member_change(request: SignedInRequest, kind: OrganisationKind, public_id: str, membership_id: str) -> HttpResponse:
    """Change a member's role and what they answer questions about."""
    own = _own_managing_membership(request, kind, public_id)
    membership = _membership_below(own, membership_id)
    # The form works on its own copy: the action compares with what is stored.
    form = MembershipForm(
        request.POST or None, instance=_membership_below(own, membership_id), roles=own.grantable_roles
    )
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_membership(membership, by=request.user, **form.cleaned_data)
        except ActionRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The change is saved."))
            return redirect("accounts:people", kind, public_id)
    return TemplateResponse(request, "accounts/member_change.html", {"form": form, "membership": membership})


@access(manager)
@reauthentication_required(allow_get=True)
def member_remove(request: SignedInRequest, kind: OrganisationKind, public_id: str, membership_id: str) -> HttpResponse:
    """Ask once more, then end somebody's membership."""
    own = _own_managing_membership(request, kind, public_id)
    membership = _membership_below(own, membership_id)
    refusal = ""
    if request.method == "POST":
        try:
            actions.remove_member(membership, by=request.user)
        except ActionRefused as refused:
            refusal = str(refused)
        else:
            messages.success(request, _("%(name)s is no longer a member.") % {"name": membership.user})
            return redirect("accounts:people", kind, public_id)
    return TemplateResponse(request, "accounts/member_remove.html", {"membership": membership, "refusal": refusal})


@access(manager, methods=POST_ONLY)
@reauthentication_required
def invitation_renew(
    request: SignedInRequest, kind: OrganisationKind, public_id: str, invitation_id: str
) -> HttpResponse:
    """Send an invitation once more, with a new link."""
    invitation = _invitation(request, kind, public_id, invitation_id)
    return _act(
        request,
        lambda: actions.renew_invitation(invitation, by=request.user),
        _("A new invitation is on its way to %(email)s.") % {"email": invitation.email},
        then=(kind, public_id),
    )


@access(manager, methods=POST_ONLY)
def invitation_revoke(
    request: SignedInRequest, kind: OrganisationKind, public_id: str, invitation_id: str
) -> HttpResponse:
    """Withdraw an invitation."""
    invitation = _invitation(request, kind, public_id, invitation_id)
    return _act(
        request,
        lambda: actions.revoke_invitation(invitation, by=request.user),
        _("The invitation to %(email)s is withdrawn.") % {"email": invitation.email},
        then=(kind, public_id),
    )


@access(member, methods=POST_ONLY)
@reauthentication_required
def request_admit(request: SignedInRequest, kind: OrganisationKind, public_id: str, request_id: str) -> HttpResponse:
    """Let somebody in who asked."""
    join_request = _join_request(request, kind, public_id, request_id)
    return _act(
        request,
        lambda: actions.admit(join_request, by=request.user),
        _("%(name)s is now a member.") % {"name": join_request.user},
        then=(kind, public_id),
    )


@access(member, methods=POST_ONLY)
def request_decline(request: SignedInRequest, kind: OrganisationKind, public_id: str, request_id: str) -> HttpResponse:
    """Answer no to somebody who asked."""
    join_request = _join_request(request, kind, public_id, request_id)
    return _act(
        request,
        lambda: actions.decline(join_request, by=request.user),
        _("%(name)s gets a mail about your answer.") % {"name": join_request.user},
        then=(kind, public_id),
    )


def _act(request: SignedInRequest, action: Callable[[], Any], done: str, *, then: tuple[Any, ...]) -> HttpResponse:
    """Do it, say what happened, go back to the list of people."""
    try:
        action()
    except ActionRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, done)
    return redirect("accounts:people", *then)


def _people_page(
    request: SignedInRequest, kind: OrganisationKind, organisation: Any, invite_form: InviteForm | None = None
) -> HttpResponse:
    own = Membership.objects.of(kind, organisation).filter(user=request.user).first()
    manages = own is not None and own.manages
    answers = where_answering(kind, request.user).filter(pk=organisation.pk).exists()
    members = Membership.objects.of(kind, organisation).for_people_list()
    roles: list[Role] = own.grantable_roles if own else []
    context = {
        "kind": kind,
        "organisation": organisation,
        "own": own,
        "page": Paginator(members, MEMBERS_PER_PAGE).get_page(request.GET.get("page")) if own else None,
        "grantable_roles": roles,
        "answers": answers,
        "join_requests": _of(JoinRequest.objects.pending(), kind, organisation) if answers else [],
        "manages": manages,
    }
    if manages:
        context |= {
            "invite_form": invite_form or InviteForm(roles=roles),
            "invitations": _of(Invitation.objects.unanswered(), kind, organisation),
            "history": history_of(organisation),
        }
    return TemplateResponse(request, "accounts/people.html", context)


def _of(queryset: Any, kind: OrganisationKind, organisation: Any) -> Any:
    person = "invited_by" if queryset.model is Invitation else "user"
    return queryset.filter(**{kind.value: organisation}).select_related(person)


def _own_managing_membership(request: SignedInRequest, kind: OrganisationKind, public_id: str) -> Membership:
    """The reader's membership of this organisation. Not found for strangers and for those who do not manage it."""
    organisation = get_object_or_404(where_member(kind, request.user), public_id=public_id)
    return get_object_or_404(
        Membership.objects.of(kind, organisation).managing().select_related(kind.value), user=request.user
    )


def _membership_below(own: Membership, membership_id: str) -> Membership:
    """A member of the same organisation whose role the reader may change."""
    kind = own.organisation_kind
    return get_object_or_404(
        Membership.objects.of(kind, own.organisation)
        .filter(role__in=own.grantable_roles)
        .select_related("user", kind.value),
        public_id=membership_id,
    )


def _invitation(request: SignedInRequest, kind: OrganisationKind, public_id: str, invitation_id: str) -> Invitation:
    own = _own_managing_membership(request, kind, public_id)
    return get_object_or_404(
        Invitation.objects.unanswered().filter(**{kind.value: own.organisation}).select_related(kind.value),
        public_id=invitation_id,
    )


def _join_request(request: SignedInRequest, kind: OrganisationKind, public_id: str, request_id: str) -> JoinRequest:
    organisation = get_object_or_404(where_answering(kind, request.user), public_id=public_id)
    return get_object_or_404(
        JoinRequest.objects.pending().filter(**{kind.value: organisation}).select_related("user", kind.value),
        public_id=request_id,
    )
