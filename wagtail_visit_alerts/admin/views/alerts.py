"""Views of one alert: Wagtail's own, each closed for alerts with which the user may not do this."""

from typing import Any

from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from wagtail.admin.widgets.button import Button, HeaderButton
from wagtail.snippets.views import chooser, snippets

from wagtail_visit_alerts.admin.choosers import OneChosen, SeveralChosen, WithoutAdding
from wagtail_visit_alerts.models import Alert
from wagtail_visit_alerts.policies import alerts_for, may


class OfPermittedAlert:
    """Denies an alert of somebody else exactly as one that does not exist."""

    #: What the user must be allowed to do with the alert.
    action = "view"
    object: Alert

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        permitted = alerts_for(request.user, self.action)  # type: ignore[arg-type]  # before dispatch: maybe nobody
        if not request.user.is_superuser and not permitted.filter(pk=unquote(str(kwargs["pk"]))).exists():
            raise PermissionDenied
        super().setup(request, *args, **kwargs)  # type: ignore[misc]  # a mixin: the view follows

    def user_has_permission(self, permission: str) -> bool:
        """Wagtail asks for the buttons: whether the user may do this with this alert."""
        if permission == "add" or getattr(self, "object", None) is None:
            return super().user_has_permission(permission)  # type: ignore[misc]
        return may(self.request.user, permission, self.object)  # type: ignore[attr-defined]


def analytics_button(url_name: str, alert: Alert) -> Button:
    """The way to an alert's analytics."""
    return HeaderButton(_("Analytics"), url=reverse(url_name, args=[alert.pk]), icon_name="table", priority=15)


class AlertDeleteView(OfPermittedAlert, snippets.DeleteView):
    action = "delete"


class AlertUsageView(OfPermittedAlert, snippets.UsageView):
    action = "change"


class AlertHistoryView(OfPermittedAlert, snippets.HistoryView):
    action = "change"
    analytics_url_name = ""

    @cached_property
    def header_buttons(self) -> list[Button]:
        """Wagtail's own, and the way to the analytics."""
        return [*super().header_buttons, analytics_button(self.analytics_url_name, self.object)]


class AlertChooseView(chooser.ChooseView):
    def get_object_list(self) -> QuerySet[Alert]:
        return super().get_object_list().viewable_by(self.request.user)


class AlertChooseResultsView(chooser.ChooseResultsView):
    def get_object_list(self) -> QuerySet[Alert]:
        return super().get_object_list().viewable_by(self.request.user)


class AlertChosenView(OneChosen):
    def choosable(self) -> QuerySet[Alert]:
        return Alert.objects.viewable_by(self.request.user)


class AlertChosenMultipleView(SeveralChosen):
    def get_objects(self, pks: list[str]) -> QuerySet[Alert]:
        return super().get_objects(pks).viewable_by(self.request.user)


class AlertChooserViewSet(WithoutAdding, chooser.SnippetChooserViewSet):
    """The chooser of alerts: shows those that the user may see."""

    choose_view_class = AlertChooseView
    choose_results_view_class = AlertChooseResultsView
    chosen_view_class = AlertChosenView
    chosen_multiple_view_class = AlertChosenMultipleView
