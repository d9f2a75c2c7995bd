"""Files of after-sale cases as they are sent."""

from django.http import Http404, HttpResponse

from fairground.aftersales.queries import CaseShown, label_content


def label_file(shown: CaseShown) -> HttpResponse:
    """Return the carrier's label of a case, to be kept by who may see it and by nothing between.

    :raises Http404: it has none
    """
    content = label_content(case_id=shown.row.id)
    if content is None:
        raise Http404
    headers = {
        "Cache-Control": "private, no-store",
        "Content-Disposition": f'attachment; filename="label-{shown.row.number}.jpg"',
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(content, content_type="image/jpeg", headers=headers)
