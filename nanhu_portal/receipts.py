"""Where providers post what became of text messages. The address itself is the secret; they sign nothing."""

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from foundation import receipts, sms

MAX_BYTES = 256 * 1024


@csrf_exempt
@never_cache
@require_POST
def sms_receipts(request: HttpRequest, key: str) -> HttpResponse:
    """Store receipts. One that we cannot store now is answered with an error, so that the provider posts it again."""
    backend = sms.backend()
    if not receipts.is_key(key) or not hasattr(backend, "receipts"):
        raise Http404
    body = request.read(MAX_BYTES + 1)
    if len(body) > MAX_BYTES:
        return HttpResponse(status=413)
    try:
        found, answer = backend.receipts(body, request.content_type)
    except (ValueError, RecursionError):
        return HttpResponse(status=400)
    for receipt in found:
        receipts.record(receipt)
    return HttpResponse(answer, "text/plain") if isinstance(answer, str) else JsonResponse(answer, safe=False)
