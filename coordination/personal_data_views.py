from allauth.account.decorators import reauthentication_required
from django.http import JsonResponse
from django.utils import timezone

from accounts.permissions import SignedInRequest, signed_in
from coordination.personal_data import gathered
from core.access import GET_ONLY, access


@access(signed_in, methods=GET_ONLY)
@reauthentication_required
def my_data(request: SignedInRequest) -> JsonResponse:
    """All that is stored about me, as a file: shown once more that it is me, for it holds everything at once."""
    response = JsonResponse(
        {"written_at": timezone.localtime().isoformat(), **gathered(request.user)},
        json_dumps_params={"ensure_ascii": False, "indent": 2},
    )
    response["Content-Disposition"] = 'attachment; filename="industriporten-mine.json"'
    return response
