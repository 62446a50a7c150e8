"""What Wagtail's choosers of our models lack: they ask for a permission, and have no address where adding fails."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from wagtail.permission_policies import ModelPermissionPolicy
from wagtail.snippets.views import chooser


class WithoutAdding:
    """For a chooser without a form to add one: Wagtail's address for that form answers with an error."""

    def get_urlpatterns(self) -> list[URLPattern]:
        patterns: list[URLPattern] = super().get_urlpatterns()  # type: ignore[misc]  # a mixin: the viewset follows
        return [pattern for pattern in patterns if pattern.name != "create"]


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


class ChosenView(ForThoseWithAnyPermission, chooser.SnippetChosenView):
    pass


class ChosenMultipleView(ForThoseWithAnyPermission, chooser.SnippetChosenMultipleView):
    pass


class ClosedChooserViewSet(WithoutAdding, chooser.SnippetChooserViewSet):
    """A chooser for those who have some permission for the model."""

    choose_view_class = ChooseView
    choose_results_view_class = ChooseResultsView
    chosen_view_class = ChosenView
    chosen_multiple_view_class = ChosenMultipleView
