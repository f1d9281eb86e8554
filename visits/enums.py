from typing import NamedTuple

from django.db import models
from django.utils.translation import gettext_lazy as _


class VisitKind(models.TextChoices):
    COMPANY_VISIT = "company_visit", _("company visit")
    GUEST_LESSON = "guest_lesson", _("guest lesson at school")
    ON_SCREEN = "on_screen", _("meeting on screen")
    THEME_DAY = "theme_day", _("theme day")
    TEACHER_SHADOWING = "teacher_shadowing", _("teacher shadowing")


# Pupils leave the school for these: they are what "has been out" counts.
OUT_KINDS = (VisitKind.COMPANY_VISIT, VisitKind.THEME_DAY)


class HowOften(models.TextChoices):
    """How often a rule for times comes round. In a month it counts each weekday by itself."""

    WEEK_1 = "week_1", _("Every week")
    WEEK_2 = "week_2", _("Every second week")
    WEEK_3 = "week_3", _("Every third week")
    WEEK_4 = "week_4", _("Every fourth week")
    MONTH_1 = "month_1", _("Every month, for example the first Wednesday")
    MONTH_2 = "month_2", _("Every month, for example the second Wednesday")
    MONTH_3 = "month_3", _("Every month, for example the third Wednesday")
    MONTH_4 = "month_4", _("Every month, for example the fourth Wednesday")
    MONTH_LAST = "month_last", _("Every month, for example the last Wednesday")


class OfferState(models.TextChoices):
    DRAFT = "draft", _("draft")
    WAITING = "waiting", _("waiting for the region")
    PUBLISHED = "published", _("published")
    PAUSED = "paused", _("paused")


OFFER_MOVES: dict[str, set[str]] = {
    OfferState.DRAFT: {OfferState.PUBLISHED, OfferState.WAITING},
    OfferState.WAITING: {OfferState.PUBLISHED, OfferState.DRAFT, OfferState.PAUSED},
    OfferState.PUBLISHED: {OfferState.PAUSED},
    OfferState.PAUSED: {OfferState.PUBLISHED, OfferState.WAITING},
}


class HandsOnAge(models.IntegerChoices):
    """From which age pupils may try what is work, or like work."""

    THIRTEEN = 13, _("13 years: light and harmless tasks")
    FOURTEEN = 14, _("14 years")
    FIFTEEN = 15, _("15 years")
    SIXTEEN = 16, _("16 years and in upper secondary school: machines, tools and substances with risks")
    EIGHTEEN = 18, _("18 years")


class Part(models.TextChoices):
    """What a class does in the hands-on parts of a visit."""

    TRY = "try", _("tries for itself")
    SOME = "some", _("those who have turned %(age)d try for themselves, the others watch")
    WATCH = "watch", _("watches and does not try")


class MaterialTime(models.TextChoices):
    BEFORE = "before", _("before the visit")
    DURING = "during", _("during the visit")
    AFTER = "after", _("after the visit")


class VettingOutcome(models.TextChoices):
    APPROVED = "approved", _("approved")
    SENT_BACK = "sent_back", _("sent back")
    TAKEN_BACK = "taken_back", _("taken back by the host")


class AnswerMode(models.TextChoices):
    AUTO = "auto", _("confirm at once")
    BY_HAND = "by_hand", _("we answer each request")


class CostKind(models.TextChoices):
    FREE = "free", _("free of charge")
    PER_CLASS = "per_class", _("a price per class")
    PER_PUPIL = "per_pupil", _("a price per pupil")


class QuestionKind(models.TextChoices):
    """How the school answers a question of the host's own."""

    TEXT = "text", _("a few words")
    YES_NO = "yes_no", _("yes or no")
    CHOICE = "choice", _("one of several answers")
    NUMBER = "number", _("a number")


class RuleKind(models.TextChoices):
    SAFETY = "safety", _("safety")
    CLOTHING = "clothing", _("clothing")
    PHOTO = "photo", _("photographs")
    CONFIDENTIALITY = "confidentiality", _("confidentiality")
    OTHER = "other", _("other")


class PictureProblem(models.TextChoices):
    """Why an upload cannot be used, as its owner reads it."""

    BYTES = "bytes", _("The file is larger than 10 MB. Save a smaller copy and try again.")
    FORMAT = "format", _("This is not a JPEG, PNG or WebP picture. Save it as one of these and try again.")
    PIXELS = "pixels", _("The picture has more than 25 million pixels. Save a smaller copy and try again.")
    BROKEN = "broken", _("The file is damaged or incomplete. Open it on your device, save it again and try once more.")


class FileKind(models.TextChoices):
    PDF = "pdf", "PDF"
    JPEG = "jpeg", "JPEG"
    PNG = "png", "PNG"
    DOCX = "docx", "Word"
    XLSX = "xlsx", "Excel"
    ODT = "odt", "OpenDocument"


class FileState(models.TextChoices):
    WAITING = "waiting", _("is being checked for viruses and will be here in a moment")
    READY = "ready", _("ready")
    INFECTED = "infected", _("was removed: it held a virus")
    BROKEN = "broken", _("was removed: it is damaged")


class FileProblem(models.TextChoices):
    """Why a file cannot be sent along, as its sender reads it."""

    BYTES = "bytes", _("The file is larger than 10 MB. Save a smaller copy and try again.")
    FORMAT = "format", _("Only PDF, JPEG, PNG, Word, Excel and OpenDocument text can be sent. Save it as one of these.")
    PIXELS = "pixels", _("The picture has more than 25 million pixels. Save a smaller copy and try again.")
    BROKEN = "broken", _("The file is damaged or locked. Open it on your device, save it again and try once more.")
    PROGRAMS = "programs", _("The document holds macros. Save a copy without them and try again.")


class FeedKind(models.TextChoices):
    """Whose visits a calendar address tells of."""

    PERSON = "person", _("My own visits")
    CLASS = "class", _("A class")
    SCHOOL = "school", _("A school")
    COMPANY = "company", _("A company")


class MinimumOf(models.TextChoices):
    """What is counted when a time runs only if enough have booked."""

    PUPILS = "pupils", _("pupils")
    GROUPS = "groups", _("groups")


class SlotStatus(models.TextChoices):
    """What a reader is told about a slot."""

    FREE = "free", _("free")
    FULL = "full", _("fully booked")
    NOT_YET_OPEN = "not_yet_open", _("booking has not opened yet")
    CLOSED = "closed", _("booking has closed")
    WITHDRAWN = "withdrawn", _("withdrawn")


class BookingState(models.TextChoices):
    PENDING = "pending", _("waiting for an answer")
    PROPOSED = "proposed", _("another time proposed")
    CONFIRMED = "confirmed", _("confirmed")
    DECLINED = "declined", _("declined by the host")
    CANCELLED = "cancelled", _("cancelled")
    EXPIRED = "expired", _("expired without an answer")


BOOKING_MOVES: dict[str, set[str]] = {
    BookingState.PENDING: {
        BookingState.CONFIRMED,
        BookingState.PROPOSED,
        BookingState.DECLINED,
        BookingState.CANCELLED,
        BookingState.EXPIRED,
    },
    BookingState.PROPOSED: {
        BookingState.CONFIRMED,
        BookingState.PENDING,  # the host has cancelled the time it proposed
        BookingState.CANCELLED,
        BookingState.EXPIRED,
    },
    BookingState.CONFIRMED: {BookingState.CANCELLED},
    BookingState.DECLINED: set(),
    BookingState.CANCELLED: set(),
    BookingState.EXPIRED: set(),
}


class StepKind(models.TextChoices):
    """What happened to a booking. Where it is more than a new status, the words take their numbers from the step."""

    STATE = "state", _("new status")
    CHANGED = "changed", _("the visit was changed, and the school told")
    SIZE = "size", _("number of pupils changed from %(before)s to %(after)s")
    ADULTS = "adults", _("number of adults changed from %(before)s to %(after)s")
    LATE = "late", _("cancelled late")
    ATTENDANCE = "attendance", _("%(came)s of %(booked)s pupils came")
    HANDED_OVER = "handed_over", _("handed over to a colleague")
    HOST_CONTACT = "host_contact", _("somebody else at the host looks after it")
    FIRST_TIME_CANCELLED = "first_cancelled", _("the first time was cancelled, the proposed one stands")
    MOVED = "moved", _("the time was moved from %(before)s to %(after)s")
    PROPOSAL_MOVED = "proposal_moved", _("the proposed time was moved from %(before)s to %(after)s")
    ASKED = "time_asked", _("another time was asked for: %(after)s instead of %(before)s")
    GRANTED = "time_granted", _("moved to the other time: from %(before)s to %(after)s")
    REFUSED = "time_refused", _("the other time does not suit the host, the old one stands")
    TAKEN_BACK = "time_taken_back", _("the question about another time was taken back")
    LAPSED = "time_lapsed", _("nobody answered about the other time, the old one stands")
    GONE = "time_gone", _("the other time can no longer be had, the old one stands")
    NEEDS = "needs", _("what the class needs was told or changed")
    TRANSPORT = "transport", _("how the class comes was told or changed")


class Need(models.TextChoices):
    """What a host can prepare for a class: the thing itself, never a reason and never a person."""

    STEP_FREE = "step_free", _("step-free access")
    QUIET = "quiet", _("a quiet place to withdraw to")
    INTERPRETER = "interpreter", _("room for an interpreter who comes along")
    HEARING_LOOP = "hearing_loop", _("a hearing loop, or no noise where somebody speaks")
    FOOD = "food", _("special food at the table")


# States in which the places are taken.
LIVE_STATES = [BookingState.PENDING, BookingState.PROPOSED, BookingState.CONFIRMED]


class WaitingState(models.TextChoices):
    """Where a group in line for a full time stands."""

    WAITING = "waiting", _("in line")
    OFFERED = "offered", _("places are held")
    ACCEPTED = "accepted", _("places taken")
    DECLINED = "declined", _("said no to the places")
    LAPSED = "lapsed", _("did not answer in time")
    LEFT = "left", _("has left the line")
    PASSED_OVER = "passed_over", _("passed over by the host")
    NO_FIT = "no_fit", _("no longer fits")
    CLOSED = "closed", _("the line is closed")


WAITING_MOVES: dict[str, set[str]] = {
    WaitingState.WAITING: {
        WaitingState.OFFERED,
        WaitingState.LEFT,
        WaitingState.PASSED_OVER,
        WaitingState.NO_FIT,
        WaitingState.CLOSED,
    },
    WaitingState.OFFERED: {
        WaitingState.ACCEPTED,
        WaitingState.DECLINED,
        WaitingState.LAPSED,
        WaitingState.CLOSED,
    },
    WaitingState.ACCEPTED: set(),
    WaitingState.DECLINED: set(),
    WaitingState.LAPSED: set(),
    WaitingState.LEFT: set(),
    WaitingState.PASSED_OVER: set(),
    WaitingState.NO_FIT: set(),
    WaitingState.CLOSED: set(),
}


class Misfit(models.TextChoices):
    """Why a group in line cannot come any more since the host changed the time or the visit."""

    PLACES = "places", _("the time has room for fewer pupils now")
    SIZE = "size", _("the host takes groups of another size now")
    GRADES = "grades", _("the visit is for other grades now")
    AGE = "age", _("the pupils must be older now for what they try")
    REACH = "reach", _("the host does not come as far as to your school any more")


# States in which a group stands in line.
IN_LINE = [WaitingState.WAITING, WaitingState.OFFERED]


class CheckItem(models.TextChoices):
    """What a host sees to before a class comes, and after. By kind of visit: CHECKS."""

    MEET = "meet", _("Who meets the class at the gate, and when")
    FIND = "find", _("The way to the school, where you park and whom you ask for")
    BRING = "bring", _("What you bring, and what the classroom has: screen, sockets, water")
    LINK = "link", _("The link is tried with sound and picture, from the place that you show")
    IN_PICTURE = "in_picture", _("What may be in the picture: no drawings, no screens, nobody who has not said yes")
    SPEAKERS = "speakers", _("Who speaks, about what and for how long")
    GEAR = "gear", _("Safety gear in sizes that fit the pupils")
    GEAR_ADULTS = "gear_adults", _("Safety gear that fits")
    AGES = "ages", _("Everyone who meets the class knows how old the pupils are and what they may do")
    NEEDS = "needs", _("What the school has written is read: needs, special food, how the class comes")
    PHOTO = "photo", _("The rule about photographs is known, by your colleagues too")
    WAY_OUT = "way_out", _("Way out and assembly point: shown first of all")
    THANKS = "thanks", _("Say who came, and thank the class and your colleagues")


_ON_SITE = [CheckItem.MEET, CheckItem.SPEAKERS, CheckItem.GEAR, CheckItem.AGES]
_ON_SITE += [CheckItem.NEEDS, CheckItem.PHOTO, CheckItem.WAY_OUT]
CHECKS: dict[str, list[CheckItem]] = {
    VisitKind.COMPANY_VISIT: _ON_SITE,
    VisitKind.THEME_DAY: _ON_SITE,
    VisitKind.GUEST_LESSON: [
        *[CheckItem.FIND, CheckItem.BRING, CheckItem.SPEAKERS, CheckItem.AGES, CheckItem.NEEDS, CheckItem.PHOTO]
    ],
    VisitKind.ON_SCREEN: [CheckItem.LINK, CheckItem.IN_PICTURE, CheckItem.SPEAKERS, CheckItem.NEEDS],
    VisitKind.TEACHER_SHADOWING: [
        *[CheckItem.MEET, CheckItem.SPEAKERS, CheckItem.GEAR_ADULTS, CheckItem.PHOTO, CheckItem.WAY_OUT]
    ],
}
CHECKS_AFTER = [CheckItem.THANKS]


class Attendance(models.TextChoices):
    """What became of a visit, as the host tells it."""

    CAME = "came", _("all came")
    FEWER = "fewer", _("fewer came")
    NO_SHOW = "no_show", _("nobody came")


class FollowUpKind(models.TextChoices):
    """What pupils wish for after a visit. Words of national law keep their native form."""

    PRAO = "prao", _("prao")
    SUMMER_JOB = "summer_job", _("summer job")
    APL = "apl", _("APL")


class FollowUpState(models.TextChoices):
    OPEN = "open", _("no answer yet")
    WELCOME = "welcome", _("the host would like to hear more")
    ASIDE = "aside", _("not now")


class Side(models.TextChoices):
    """Who acted, as the other side reads it."""

    SCHOOL = "school", _("the school")
    HOST = "host", _("the host")
    SYSTEM = "system", _("the system")


class AskEnd(NamedTuple):
    """How a school's question about another time may end: who ends it, and whether the booking moves there."""

    side: Side
    moves: bool = False


# A school asks for another time in these states; the booking stays in them, at its old time, until the host says yes.
ASK_STATES = {BookingState.PENDING, BookingState.CONFIRMED}
ASK_ENDS: dict[StepKind, AskEnd] = {
    StepKind.GRANTED: AskEnd(Side.HOST, moves=True),
    StepKind.REFUSED: AskEnd(Side.HOST),
    StepKind.TAKEN_BACK: AskEnd(Side.SCHOOL),
    StepKind.LAPSED: AskEnd(Side.SYSTEM),
    StepKind.GONE: AskEnd(Side.HOST),  # cancelled or moved
}


class CancelReason(models.TextChoices):
    ILLNESS = "illness", _("Illness")
    TIMETABLE = "timetable", _("The timetable has changed")
    TRANSPORT = "transport", _("No transport")
    STAFF = "staff", _("No staff available")
    PRODUCTION = "production", _("Changes in production")
    TOO_FEW = "too_few", _("Too few have booked")
    OTHER = "other", _("Another reason")


class DeclineReason(models.TextChoices):
    TIME = "time", _("The time does not suit us after all")
    STAFF = "staff", _("No staff available")
    GROUP = "group", _("The group does not fit")
    ENOUGH = "enough", _("We have had many groups lately")
    OTHER = "other", _("Another reason")
