"""The form with which a file of contacts is uploaded."""

from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wagtail_visit_alerts import importing
from wagtail_visit_alerts.admin.filters import UserChoiceField
from wagtail_visit_alerts.models.contact import VIEW_ANY

REPLACE, FILL = "replace", "fill"


class ImportForm(forms.Form):
    """A file, and what is to be done with it."""

    file = forms.FileField(
        label=_("CSV file"),
        help_text=_("At most 50,000 contacts. From Excel: “Save as”, “CSV UTF-8”."),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,text/csv,text/plain"}),
    )
    cells = forms.ChoiceField(
        label=_("If a contact is there already"),
        choices=[
            (REPLACE, _("Replace what they have")),
            (FILL, _("Fill only what they lack")),
        ],
        initial=REPLACE,
        widget=forms.RadioSelect,
        help_text=_("An empty cell leaves what is there, either way."),
    )
    default_owner = UserChoiceField(
        label=_("Owner of new contacts"),
        queryset=None,
        required=False,
        empty_label=_("Nobody"),
        help_text=_("For lines that name no owner."),
    )
    tags = forms.CharField(
        label=_("Tags for all contacts of the file"),
        required=False,
        max_length=1000,
        help_text=_("Separated by commas."),
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        model = get_user_model()
        owner: Any = self.fields["default_owner"]
        owner.queryset = model._default_manager.filter(is_active=True).order_by(model.USERNAME_FIELD)
        if not user.has_perm(VIEW_ANY):
            owner.initial = user.pk  # else they would not see what they have imported

    def clean_file(self) -> UploadedFile:
        """Refuse what is too large before it is read."""
        file: UploadedFile = self.cleaned_data["file"]
        if file.size is not None and file.size > importing.MAX_BYTES:
            raise ValidationError(
                gettext("The file is larger than %(size)d MB: divide it into several.")
                % {"size": importing.MAX_BYTES // 1024**2}
            )
        return file

    def clean_tags(self) -> tuple[str, ...]:
        try:
            return tuple(importing.split_tags(self.cleaned_data["tags"]))
        except importing.WrongCell as error:
            raise ValidationError(str(error)) from error

    @property
    def options(self) -> importing.Options:
        """What was chosen."""
        owner = self.cleaned_data["default_owner"]
        return importing.Options(
            overwrite=self.cleaned_data["cells"] == REPLACE,
            default_owner_id=None if owner is None else owner.pk,
            tags=self.cleaned_data["tags"],
        )
