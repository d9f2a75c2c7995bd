"""What all tables of the back office share: nothing is added, deleted, counted, or saved by itself."""

from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.formats import date_format
from unfold import paginator as unfold_paginator
from unfold.admin import ModelAdmin

from fairground.kernel.edits import edit_turn
from fairground.kernel.ids import lane_of
from fairground.kernel.refusal import Refusal
from fairground.sites.back_office.shown import FIELD, ChangedSince, digest_of_shown
from fairground.sites.back_office.site import require
from fairground.sites.back_office.words import refusal_text

ROWS_A_PAGE = 50
# Nobody turns more by hand; what a row shows is read for those that are passed over, too.
PAGES_MAX = 100


class InfinitePaginator(unfold_paginator.InfinitePaginator):
    """Pages without a count of all rows, which would read a table of millions for a number.

    The theme knows it by its name that there is no number to show.
    """

    count = ROWS_A_PAGE * PAGES_MAX


class OfficeTable(ModelAdmin):
    """A table that is read, and edited through an action where a subclass says how in `write`."""

    title: Any = ""
    subject = ""
    list_per_page = ROWS_A_PAGE
    paginator = InfinitePaginator
    show_full_result_count = False
    list_disable_select_all = True
    sortable_by = ()
    ordering: ClassVar = ("-pk",)
    view_on_site: Any = False
    change_list_template = "back_office/change_list.html"
    change_form_template = "back_office/change_form.html"
    labels: ClassVar[dict[str, Any]] = {}
    warn_unsaved_form = True

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Return that nobody adds rows here: imports and journeys do."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Return that nothing is deleted here: what is off sale can be put on sale again."""
        return False

    def changelist_view(self, request: HttpRequest, extra_context: Mapping[str, Any] | None = None) -> HttpResponse:
        """Show the list by its own name."""
        return super().changelist_view(request, {"title": self.title, **(extra_context or {})})

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Mapping[str, Any] | None = None,
    ) -> HttpResponse:
        """Show or write one row; a refusal undoes all of it and is said above the row as it is."""
        context = {"title": self.title, "show_save_and_add_another": False, **(extra_context or {})}
        try:
            return super().changeform_view(request, object_id, form_url, context)
        except Refusal as refusal:
            messages.error(request, refusal_text(refusal))
            return HttpResponseRedirect(request.get_full_path())

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Call a field by the name that people know it by."""
        if db_field.name in self.labels:
            kwargs["label"] = self.labels[db_field.name]
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def write(self, request: HttpRequest, obj: Any, form: Any) -> None:
        """Write what the form says by an action."""
        raise AssertionError(f"{self.model.__name__} is only read")

    def lanes(self, obj: Any) -> Collection[int]:
        """Return the lanes whose turn an edit of a row takes."""
        return [lane_of(obj.pk)]

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        """Send along what the form shows; one that is shown again keeps what it showed first."""
        first_shown = request.POST.get(FIELD) if request.method == "POST" else None
        context[FIELD] = first_shown or digest_of_shown(context["adminform"].form)
        return super().render_change_form(request, context, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Write by an action in place of saving the row: it takes the turn, tells the writers, and is logged.

        :raises ChangedSince: the row is no longer what the form showed; nothing changed
        """
        # Compared under the turn that the action takes, too: an import that waits for it comes after both.
        with edit_turn(lanes=self.lanes(obj), now=datetime.now(UTC)):
            there = self.get_queryset(request).filter(pk=obj.pk).first()
            if there is None:
                raise ChangedSince
            as_it_is = self.get_form(request, there, change=True)(instance=there)
            if request.POST.get(FIELD) != digest_of_shown(as_it_is):
                raise ChangedSince
            self.write(request, obj, form)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Do nothing: the action wrote all of it."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> None:
        """Do nothing: the action wrote the audit log in its own transaction."""

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Mapping[str, Any] | None = None
    ) -> HttpResponse:
        """Lead to what the audit log says of a row."""
        require(request, "kernel.view_auditentry")
        query = urlencode({"subject_kind__exact": self.subject, "subject_id__exact": object_id})
        return HttpResponseRedirect(f"{reverse('admin:kernel_auditentry_changelist')}?{query}")


def fact(name: str, words: Any, **facts: Any) -> Callable[[Any], Any]:
    """Return a column or a read-only field that shows a row's attribute under a name that people know it by."""

    def shown(obj: Any) -> Any:
        value = getattr(obj, name)
        return date_format(value, "DATETIME_FORMAT") if isinstance(value, datetime) else value

    shown.__name__ = name
    return described(words, **facts)(shown)


def described(words: Any, **facts: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return a decorator that says how a column or a read-only field is called."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        function.short_description = words  # type: ignore[attr-defined]
        for name, value in facts.items():
            setattr(function, name, value)
        return function

    return decorate
