"""What Wagtail's choosers of our models lack.

They ask for a permission, have no address where adding fails, and know no row of a key that can be none.
"""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from wagtail.permission_policies import ModelPermissionPolicy
from wagtail.snippets.views import chooser

from wagtail_visit_alerts.admin.row_keys import keys_in


class WithoutAdding:
    """For a chooser without a form to add one: Wagtail's address for that form answers with an error."""

    def get_urlpatterns(self) -> list[URLPattern]:
        patterns: list[URLPattern] = super().get_urlpatterns()  # type: ignore[misc]  # a mixin: the viewset follows
        return [pattern for pattern in patterns if pattern.name != "create"]


class OneChosen(chooser.SnippetChosenView):
    """The row of a key; of one that can be none there is none."""

    def get_object(self, pk: str) -> Any:
        return self.choosable().get(pk__in=keys_in(self.model_class, [pk]))

    def choosable(self) -> Any:
        """The rows that the user may choose."""
        return self.model_class.objects.all()


class SeveralChosen(chooser.SnippetChosenMultipleView):
    """The rows of several keys."""

    def get_objects(self, pks: list[str]) -> Any:
        return super().get_objects(keys_in(self.model_class, pks))


class ForThoseWithAnyPermission:
    """Denies whoever may do nothing with the model; Wagtail's own choosers let everybody in who enters the admin."""

    model_class: Any

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        policy = ModelPermissionPolicy(self.model_class)
        if not policy.user_has_any_permission(request.user, ["add", "change", "delete", "view"]):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)  # type: ignore[misc]  # a mixin


class ChooseView(ForThoseWithAnyPermission, chooser.ChooseView):
    pass


class ChooseResultsView(ForThoseWithAnyPermission, chooser.ChooseResultsView):
    pass


class ChosenView(ForThoseWithAnyPermission, OneChosen):
    pass


class ChosenMultipleView(ForThoseWithAnyPermission, SeveralChosen):
    pass


class ClosedChooserViewSet(WithoutAdding, chooser.SnippetChooserViewSet):
    """A chooser for those who have some permission for the model."""

    choose_view_class = ChooseView
    choose_results_view_class = ChooseResultsView
    chosen_view_class = ChosenView
    chosen_multiple_view_class = ChosenMultipleView
