"""Calendar feeds: the page where one makes, renews and revokes addresses, and the feed itself."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import translation
from django.utils.cache import get_conditional_response
from django.utils.http import http_date, quote_etag
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from accounts.permissions import booking_party
from accounts.requests import SignedInRequest
from companies.models import Company
from core.access import GET_ONLY, POST_ONLY, access, link_holder
from core.forms import posted
from core.secret_pages import secret
from schools.models import School, SchoolClass
from visits import feeds
from visits.calendar import feed_calendar
from visits.enums import FeedKind
from visits.models import CalendarFeed


class FeedForm(forms.Form):
    """Whose visits the calendar shows. The choices are what the user belongs to, so nothing else can be asked for."""

    what = forms.ChoiceField(label=gettext_lazy("Whose visits?"))

    def __init__(self, *args: Any, user: User, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.targets: dict[str, tuple[str, Any]] = {"person": (FeedKind.PERSON, None)}
        choices: list[tuple[str, Any]] = [("person", _("My own visits"))]
        for kind, rows in _targets(user):
            found = {f"{kind}:{row.public_id}": row for row in rows}
            self.targets |= {key: (kind, row) for key, row in found.items()}
            if found:
                choices.append((str(FeedKind(kind).label), [(key, _named(row)) for key, row in found.items()]))
        self.fields["what"].choices = choices  # type: ignore[attr-defined]

    @property
    def target(self) -> tuple[str, Any]:
        return self.targets[self.cleaned_data["what"]]


def _targets(user: User) -> list[tuple[str, list[Any]]]:
    classes = SchoolClass.objects.current().with_member(user).select_related("school").order_by("school__name", "name")
    return [
        (FeedKind.SCHOOL, list(School.objects.with_member(user).order_by("name"))),
        (FeedKind.CLASS, list(classes)),
        (FeedKind.COMPANY, list(Company.objects.with_member(user).order_by("name"))),
    ]


def _named(row: Any) -> str:
    return f"{row}, {row.school}" if isinstance(row, SchoolClass) else str(row)


@access(booking_party)
def calendar_list(request: SignedInRequest) -> HttpResponse:
    """My calendar addresses. A new one is shown once, on the page that makes it."""
    form = FeedForm(posted(request), user=request.user)
    made, address = None, ""
    if request.method == "POST" and form.is_valid():
        made, token = feeds.make_feed(request.user, *form.target)
        address = settings.SITE_URL + reverse("visits:calendar_feed", args=[token])
        form = FeedForm(user=request.user)
    context = {
        "form": form,
        "feeds": CalendarFeed.objects.of(request.user),
        "made": made,
        "address": address,
        "webcal": "webcal:" + address.partition(":")[2] if address else "",
    }
    return secret(TemplateResponse(request, "visits/calendars/list.html", context))


@access(booking_party, methods=POST_ONLY)
def calendar_revoke(request: SignedInRequest, feed_id: str) -> HttpResponse:
    """The address stops working at once."""
    get_object_or_404(CalendarFeed.objects.of(request.user), public_id=feed_id).delete()
    messages.success(request, _("The address no longer works. Remove it from your calendar as well."))
    return redirect("visits:calendar_list")


@access(link_holder, methods=GET_ONLY)
def calendar_feed(request: HttpRequest, token: str) -> HttpResponseBase:
    """The feed, as calendar programs read it. Only what is new is sent again."""
    feed = feeds.feed_of(token)
    if feed is None:
        raise Http404
    if not feeds.count_reading(feed):
        return HttpResponse(status=429, headers={"Retry-After": "3600"})
    with translation.override(feed.user.language):
        content = feed_calendar(str(feed.about), feeds.bookings_of(feed))
    etag = quote_etag(feeds.note_content(feed, content))
    changed = int(feed.changed_at.timestamp())
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    response["ETag"] = etag
    response["Last-Modified"] = http_date(changed)
    response["Cache-Control"] = "private, no-cache"
    response["Content-Disposition"] = 'inline; filename="industriporten.ics"'
    return get_conditional_response(request, etag, changed, response) or response
