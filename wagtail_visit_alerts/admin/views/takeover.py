"""The question who takes over the contacts of users who leave, and what comes of the answer."""

from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.generic import FormView
from wagtail.admin import messages
from wagtail.admin.menu import MenuItem
from wagtail.admin.utils import get_valid_next_url_from_request
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.viewsets.base import ViewSet
from wagtail.permission_policies import ModelPermissionPolicy
from wagtail.users.utils import user_can_delete_user

from wagtail_visit_alerts.admin.assigning import assign
from wagtail_visit_alerts.admin.preferences_forms import UserChoiceField, possible_deputies
from wagtail_visit_alerts.admin.row_keys import keys_in
from wagtail_visit_alerts.admin.taking_over import DELETING, NAME, contacts_by_owner, switched_off
from wagtail_visit_alerts.models import Alert, Contact, DefaultOwner, ReaderPreferences
from wagtail_visit_alerts.models.display_name import display_name
from wagtail_visit_alerts.models.primary import atomic
from wagtail_visit_alerts.policies import may_change_any_contact

CONTACTS = "wagtailsnippets_wagtail_visit_alerts_contact"


class TakeoverForm(forms.Form):
    """Who takes the contacts over: a colleague, or nobody."""

    COLLEAGUE, NOBODY = "colleague", "nobody"

    answer = forms.ChoiceField(
        label=gettext_lazy("Who takes the contacts over?"),
        choices=[
            (COLLEAGUE, gettext_lazy("A colleague, whom you choose below")),
            (NOBODY, gettext_lazy("Nobody: alerts about them go to each alert's own fallback")),
        ],
        widget=forms.RadioSelect,
    )
    colleague = UserChoiceField(
        label=gettext_lazy("Colleague"),
        queryset=get_user_model()._default_manager.none(),
        required=False,
        empty_label=gettext_lazy("Choose a colleague"),
        help_text=gettext_lazy("Only people are offered who work with contacts and have an e-mail address."),
    )

    def __init__(self, *args: Any, leaving: list[Any], may_choose: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_choose:
            self.fields["answer"].choices = self.fields["answer"].choices[1:]  # type: ignore[attr-defined]
            self.fields["answer"].initial = self.NOBODY
            del self.fields["colleague"]
            return
        users = possible_deputies().exclude(pk__in=[user.pk for user in leaving])
        self.fields["colleague"].queryset = users.order_by(get_user_model().USERNAME_FIELD)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("answer") == self.COLLEAGUE and not cleaned.get("colleague") and not self.errors:
            self.add_error("colleague", _("Choose the colleague who takes the contacts over."))
        return cleaned

    @property
    def owner(self) -> Any:
        """The new owner; None for nobody."""
        return self.cleaned_data["colleague"] if self.cleaned_data["answer"] == self.COLLEAGUE else None


class TakeoverView(WagtailAdminTemplateMixin, FormView):
    """The question. ``?user=``: of whom, several times for several; without it, of all who are switched off.

    Whoever may assign no contacts, but delete or switch off the user, may say "nobody" alone: that is what would
    come of it anyway.
    """

    form_class = TakeoverForm
    template_name = "wagtail_visit_alerts/admin/takeover/question.html"
    page_title = gettext_lazy("Who takes the contacts over?")
    header_icon = "group"

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.may_assign = may_change_any_contact(request.user)
        may_do_without = bool(self._user_ids) and ModelPermissionPolicy(
            get_user_model()
        ).user_has_any_permission(request.user, ["change", "delete"])
        if not (self.may_assign or may_do_without):
            raise PermissionDenied

    @cached_property
    def _user_ids(self) -> list[str]:
        return self.request.GET.getlist("user")

    @cached_property
    def leaving(self) -> list[tuple[Any, int]]:
        """The users who leave and own contacts, each with how many."""
        users = switched_off()
        if self._user_ids:
            users = get_user_model()._base_manager.filter(pk__in=keys_in(get_user_model(), self._user_ids))
        return [pair for pair in contacts_by_owner(users) if self.may_assign or self._may_end(pair[0])]

    def _may_end(self, user: Any) -> bool:
        """Whether contacts lose this owner by what the reader may do to the account, or by what was done to it."""
        is_off = not getattr(user, "is_active", True)
        return is_off or (self.is_deleting and user_can_delete_user(self.request.user, user))

    @property
    def users(self) -> list[Any]:
        """Those who leave."""
        return [user for user, _number in self.leaving]

    @property
    def is_deleting(self) -> bool:
        """Whether the accounts are deleted next."""
        return self.request.GET.get("why") == DELETING

    @property
    def next_url(self) -> str:
        """Where to go on: to the deletion, or back to where one came from."""
        return get_valid_next_url_from_request(self.request) or reverse(f"{CONTACTS}:list")

    @property
    def back_url(self) -> str:
        """Where nothing happens."""
        return reverse("wagtailusers_users:index") if self.is_deleting else self.next_url

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return [*self.breadcrumbs_items, {"url": "", "label": self.page_title}]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.leaving and self._user_ids:
            return HttpResponseRedirect(self.next_url)
        return super().get(request, *args, **kwargs)

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "leaving": self.users, "may_choose": self.may_assign}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        own_url = reverse(f"{NAME}:index")
        return context | {
            "leaving": [
                {"name": display_name(user), "number": number, "url": f"{own_url}?user={user.pk}"}
                for user, number in self.leaving
            ],
            "number": sum(number for _user, number in self.leaving),
            "is_deleting": self.is_deleting,
            "may_assign": self.may_assign,
            "action_url": self.request.get_full_path(),
            "back_url": self.back_url,
            "media": context["form"].media,
            **self._besides(),
        }

    def _besides(self) -> dict[str, Any]:
        """What else hangs on these users: named, for it is not the same question. Three queries."""
        users = self.users
        alerts = [each for each in _alerts_of(users) if each.may_be_viewed_by(self.request.user)]
        return {
            "default_owners": list(
                DefaultOwner.objects.filter(owner__in=users).select_related("site", "form_page").order_by("pk")
            ),
            "deputy_of": [
                display_name(each.user)
                for each in ReaderPreferences.objects.filter(deputy__in=users)
                .select_related("user")
                .order_by("pk")
            ],
            "alerts": alerts,
        }

    def form_valid(self, form: TakeoverForm) -> HttpResponse:
        now, by = timezone.now(), self.request.user
        with atomic():
            number = assign(Contact.objects.filter(owner__in=self.users), to=form.owner, by=by, now=now)
            if form.owner is not None:
                DefaultOwner.objects.filter(owner__in=self.users).update(owner=form.owner)
        messages.success(self.request, _outcome(number, owner=form.owner))
        return HttpResponseRedirect(self.next_url)


class NowhereInTheMenu(MenuItem):
    """The question is reached from where it comes up."""

    def is_shown(self, request: HttpRequest) -> bool:
        return False


class TakeoverViewSet(ViewSet):
    """The question, and its address."""

    name = NAME
    url_prefix = "visit-alerts/takeover"
    icon = "group"
    menu_label = gettext_lazy("Who takes the contacts over?")
    menu_item_class = NowhereInTheMenu

    @cached_property
    def menu_url(self) -> str:
        return reverse(self.get_url_name("index"))

    def get_urlpatterns(self) -> list[URLPattern]:
        return [path("", TakeoverView.as_view(), name="index")]


def _alerts_of(users: list[Any]) -> QuerySet[Alert]:
    """The alerts that are about these users' contacts alone: they don't go over to anybody."""
    return Alert.objects.filter(contacts_of__in=users).order_by("name", "pk")


def _outcome(number: int, *, owner: Any) -> str:
    if owner is None:
        text = ngettext("%(count)d contact has no owner now.", "%(count)d contacts have no owner now.", number)
        return text % {"count": number}
    text = ngettext(
        "%(count)d contact belongs to %(name)s now.", "%(count)d contacts belong to %(name)s now.", number
    )
    return text % {"count": number, "name": display_name(owner)}
