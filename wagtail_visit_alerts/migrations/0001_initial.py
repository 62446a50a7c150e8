import django.core.validators
import django.db.models.deletion
import modelcluster.contrib.taggit
import modelcluster.fields
import modelsearch.index
import uuid
import wagtail.fields
import wagtail_visit_alerts.models.contact
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models


# A fixed name on Wagtail 7.4, a setting from 8.0 on: makemigrations on 8.0 writes a form that 7.4 lacks.
PAGE_MODEL = getattr(settings, "WAGTAIL_PAGE_MODEL", "wagtailcore.Page")


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("taggit", "0006_rename_taggeditem_content_type_object_id_taggit_tagg_content_8fc721_idx"),
        ("wagtailcore", "0094_alter_page_locale"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        migrations.swappable_dependency(PAGE_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Address",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text", models.CharField(max_length=2048)),
                ("text_hash", models.CharField(editable=False, max_length=32, unique=True)),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="ChannelPause",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("channel", models.CharField(max_length=20, unique=True)),
                ("until", models.DateTimeField()),
                ("reason", models.CharField(max_length=255)),
            ],
            options={
                "verbose_name": "pause of a channel",
                "verbose_name_plural": "pauses of channels",
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="Destination",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=255, verbose_name="name")),
                ("channel", models.CharField(max_length=20, verbose_name="channel")),
                ("address", models.TextField(verbose_name="address")),
                ("secret", models.CharField(blank=True, max_length=255, verbose_name="secret")),
                ("is_on", models.BooleanField(default=True, verbose_name="on")),
                ("language", models.CharField(blank=True, max_length=10, verbose_name="language")),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
            ],
            options={
                "verbose_name": "destination",
                "verbose_name_plural": "destinations",
                "ordering": ["name", "pk"],
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="Heartbeat",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=255, unique=True)),
                ("heard_at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "heartbeat",
                "verbose_name_plural": "heartbeats",
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="Progress",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=64, unique=True)),
                ("last_id", models.BigIntegerField(default=0)),
                ("done_until", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name": "progress",
                "verbose_name_plural": "progress",
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="RulesVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveBigIntegerField(default=0)),
            ],
            options={
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="UserAgent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text", models.CharField(max_length=2048)),
                ("text_hash", models.CharField(editable=False, max_length=32, unique=True)),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="Alert",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=255, verbose_name="alert name")),
                (
                    "group",
                    models.CharField(
                        blank=True,
                        help_text="A label to sort alerts by, such as “Sales North”.",
                        max_length=100,
                        verbose_name="group",
                    ),
                ),
                ("is_on", models.BooleanField(default=False, verbose_name="on")),
                (
                    "clock",
                    models.CharField(
                        choices=[
                            ("moved_on", "when the contact moves on to another page"),
                            ("in_view", "as soon as the page has been in view that long"),
                        ],
                        default="moved_on",
                        max_length=8,
                        verbose_name="when the time is up",
                    ),
                ),
                (
                    "only_tags",
                    models.JSONField(
                        blank=True, default=list, verbose_name="only contacts with one of these tags"
                    ),
                ),
                (
                    "not_tags",
                    models.JSONField(
                        blank=True, default=list, verbose_name="not contacts with one of these tags"
                    ),
                ),
                (
                    "field_name",
                    models.CharField(blank=True, max_length=100, verbose_name="only contacts whose field"),
                ),
                ("field_value", models.CharField(blank=True, max_length=255, verbose_name="has this value")),
                (
                    "cap_times",
                    models.PositiveSmallIntegerField(
                        default=1,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(100),
                        ],
                        verbose_name="times",
                    ),
                ),
                (
                    "cap_period",
                    models.CharField(
                        choices=[("day", "day"), ("week", "week"), ("month", "month")],
                        default="day",
                        max_length=5,
                        verbose_name="period",
                    ),
                ),
                (
                    "send_to_owner",
                    models.BooleanField(
                        default=True, verbose_name="send the alert to the contact's main owner"
                    ),
                ),
                (
                    "cc",
                    models.CharField(
                        blank=True,
                        help_text="E-mail addresses, separated by commas.",
                        max_length=255,
                        verbose_name="CC",
                    ),
                ),
                ("description", wagtail.fields.RichTextField(blank=True, verbose_name="description")),
                (
                    "attachment_source",
                    models.CharField(
                        choices=[
                            ("none", "none"),
                            ("text", "content typed by hand"),
                            ("template", "Jinja2 template"),
                        ],
                        default="none",
                        max_length=8,
                        verbose_name="attachment",
                    ),
                ),
                ("attachment_format", models.CharField(default="txt", max_length=20, verbose_name="format")),
                ("attachment_name", models.CharField(blank=True, max_length=255, verbose_name="file name")),
                ("attachment_body", models.TextField(blank=True, verbose_name="content of the attachment")),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "author",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="author",
                    ),
                ),
                (
                    "contacts_of",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="only contacts of this owner",
                    ),
                ),
                (
                    "fallback_group",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="auth.group",
                        verbose_name="fallback",
                    ),
                ),
                (
                    "fallback_user",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="fallback",
                    ),
                ),
            ],
            options={
                "verbose_name": "alert",
                "verbose_name_plural": "alerts",
                "ordering": ["name", "pk"],
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="Contact",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("email", models.EmailField(max_length=254, verbose_name="e-mail")),
                ("email_key", models.CharField(editable=False, max_length=254, unique=True)),
                ("name", models.CharField(blank=True, max_length=255, verbose_name="name")),
                ("phone", models.CharField(blank=True, max_length=64, verbose_name="phone")),
                ("company", models.CharField(blank=True, max_length=255, verbose_name="company")),
                ("position", models.CharField(blank=True, max_length=255, verbose_name="position")),
                ("city", models.CharField(blank=True, max_length=128, verbose_name="city")),
                ("country", models.CharField(blank=True, max_length=128, verbose_name="country")),
                ("language", models.CharField(blank=True, max_length=16, verbose_name="language")),
                ("extra", models.JSONField(blank=True, default=dict, verbose_name="further fields")),
                ("fields_given_by_form", models.JSONField(default=list, editable=False)),
                (
                    "last_seen_at",
                    models.DateTimeField(db_index=True, editable=False, null=True, verbose_name="last seen"),
                ),
                ("recording_stopped_at", models.DateTimeField(editable=False, null=True)),
                (
                    "link_key",
                    models.CharField(
                        default=wagtail_visit_alerts.models.contact.new_link_key,
                        editable=False,
                        max_length=32,
                        unique=True,
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        help_text="The salesperson this contact is assigned to: alerts about the contact go to them.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="owned_contacts",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="owner",
                    ),
                ),
                (
                    "user",
                    models.OneToOneField(
                        blank=True,
                        help_text="The account with which this contact logs in to the site, if they have one.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="visit_alerts_contact",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="login",
                    ),
                ),
            ],
            options={
                "verbose_name": "contact",
                "verbose_name_plural": "contacts",
                "ordering": ["name", "email_key"],
                "permissions": [("view_own_contact", "Can view contacts they own")],
                "base_manager_name": "objects",
            },
            bases=(modelsearch.index.Indexed, models.Model),
        ),
        migrations.CreateModel(
            name="ContactImport",
            fields=[
                (
                    "token",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("file_name", models.CharField(max_length=255)),
                ("content", models.TextField()),
                ("options", models.JSONField(default=dict)),
                ("outcome", models.JSONField(default=dict)),
                ("uploaded_at", models.DateTimeField()),
                ("imported_at", models.DateTimeField(null=True)),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "import of contacts",
                "verbose_name_plural": "imports of contacts",
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="ContactNote",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text", models.TextField(max_length=5000, verbose_name="note")),
                ("written_at", models.DateTimeField()),
                (
                    "author",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "contact",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notes",
                        to="wagtail_visit_alerts.contact",
                    ),
                ),
            ],
            options={
                "verbose_name": "note",
                "verbose_name_plural": "notes",
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="ContactTag",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "content_object",
                    modelcluster.fields.ParentalKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="tagged_items",
                        to="wagtail_visit_alerts.contact",
                    ),
                ),
                (
                    "tag",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="%(app_label)s_%(class)s_items",
                        to="taggit.tag",
                    ),
                ),
            ],
            options={
                "base_manager_name": "objects",
            },
        ),
        migrations.AddField(
            model_name="contact",
            name="tags",
            field=modelcluster.contrib.taggit.ClusterTaggableManager(
                blank=True,
                help_text="A comma-separated list of tags.",
                through="wagtail_visit_alerts.ContactTag",
                to="taggit.Tag",
                verbose_name="tags",
            ),
        ),
        migrations.CreateModel(
            name="DailyActivity",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField()),
                ("visits", models.PositiveIntegerField(default=0)),
                ("page_views", models.PositiveIntegerField(default=0)),
                ("engaged_seconds", models.PositiveIntegerField(default=0)),
                (
                    "contact",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="daily_activities",
                        to="wagtail_visit_alerts.contact",
                    ),
                ),
            ],
            options={
                "verbose_name": "daily activity",
                "verbose_name_plural": "daily activities",
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="DailyLatency",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField()),
                ("seconds", models.PositiveIntegerField()),
                ("emails", models.PositiveIntegerField(default=0)),
                (
                    "alert",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="daily_latencies",
                        to="wagtail_visit_alerts.alert",
                    ),
                ),
                (
                    "contact",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="daily_latencies",
                        to="wagtail_visit_alerts.contact",
                    ),
                ),
            ],
            options={
                "verbose_name": "daily time to the e-mail",
                "verbose_name_plural": "daily times to the e-mail",
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="DailyPageTotal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField()),
                ("matched", models.PositiveIntegerField(default=0)),
                ("raised", models.PositiveIntegerField(default=0)),
                (
                    "address",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="wagtail_visit_alerts.address",
                    ),
                ),
                (
                    "alert",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="daily_page_totals",
                        to="wagtail_visit_alerts.alert",
                    ),
                ),
                (
                    "contact",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="daily_page_totals",
                        to="wagtail_visit_alerts.contact",
                    ),
                ),
                (
                    "page",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=PAGE_MODEL
                    ),
                ),
            ],
            options={
                "verbose_name": "daily total of a page",
                "verbose_name_plural": "daily totals of pages",
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="DailyTotal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField()),
                ("stand_in", models.BigIntegerField(null=True)),
                ("matched", models.PositiveIntegerField(default=0)),
                ("raised", models.PositiveIntegerField(default=0)),
                ("capped", models.PositiveIntegerField(default=0)),
                ("nobody", models.PositiveIntegerField(default=0)),
                ("too_short", models.PositiveIntegerField(default=0)),
                ("closed", models.PositiveIntegerField(default=0)),
                ("sent", models.PositiveIntegerField(default=0)),
                ("failed", models.PositiveIntegerField(default=0)),
                ("taken", models.PositiveIntegerField(default=0)),
                (
                    "alert",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="daily_totals",
                        to="wagtail_visit_alerts.alert",
                    ),
                ),
                (
                    "contact",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="daily_totals",
                        to="wagtail_visit_alerts.contact",
                    ),
                ),
            ],
            options={
                "verbose_name": "daily total",
                "verbose_name_plural": "daily totals",
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="DefaultOwner",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "form_page",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=PAGE_MODEL,
                        verbose_name="form page",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="owner",
                    ),
                ),
                (
                    "site",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="wagtailcore.site",
                        verbose_name="site",
                    ),
                ),
            ],
            options={
                "verbose_name": "default owner",
                "verbose_name_plural": "default owners",
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="AlertDestination",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "alert",
                    modelcluster.fields.ParentalKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="destinations",
                        to="wagtail_visit_alerts.alert",
                    ),
                ),
                (
                    "destination",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="alerts",
                        to="wagtail_visit_alerts.destination",
                    ),
                ),
            ],
            options={
                "verbose_name": "destination of an alert",
                "verbose_name_plural": "destinations of alerts",
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="Loss",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("page", "monitored page"),
                            ("exception", "exception"),
                            ("recipient", "recipient"),
                            ("fallback", "fallback"),
                            ("owner", "owner of the contacts"),
                            ("destination", "destination"),
                        ],
                        max_length=11,
                    ),
                ),
                ("name", models.CharField(max_length=255)),
                ("switched_off", models.BooleanField(default=False)),
                ("happened_at", models.DateTimeField()),
                ("told_at", models.DateTimeField(null=True)),
                ("mended_at", models.DateTimeField(null=True)),
                (
                    "alert",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="losses",
                        to="wagtail_visit_alerts.alert",
                    ),
                ),
            ],
            options={
                "verbose_name": "loss",
                "verbose_name_plural": "losses",
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="MonitoredPage",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sort_order", models.IntegerField(blank=True, editable=False, null=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[("page", "Page"), ("url", "URL")],
                        default="page",
                        max_length=4,
                        verbose_name="kind",
                    ),
                ),
                ("include_subpages", models.BooleanField(default=False, verbose_name="and all its subpages")),
                (
                    "include_translations",
                    models.BooleanField(default=False, verbose_name="and its translations"),
                ),
                ("is_exception", models.BooleanField(default=False, verbose_name="but not on")),
                ("path", models.CharField(blank=True, max_length=500, verbose_name="path")),
                (
                    "minimum_minutes",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        max_digits=6,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(Decimal("0")),
                            django.core.validators.MaxValueValidator(Decimal("1440")),
                        ],
                        verbose_name="minimum minutes on the page",
                    ),
                ),
                (
                    "alert",
                    modelcluster.fields.ParentalKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="monitored_pages",
                        to="wagtail_visit_alerts.alert",
                    ),
                ),
                (
                    "page",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=PAGE_MODEL,
                        verbose_name="page",
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        blank=True,
                        help_text="Leave empty for any site.",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="wagtailcore.site",
                        verbose_name="site",
                    ),
                ),
            ],
            options={
                "verbose_name": "monitored page",
                "verbose_name_plural": "monitored pages",
                "ordering": ["sort_order"],
                "abstract": False,
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="Match",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("raised", "raised"),
                            ("capped", "held back by the cap"),
                            ("nobody", "nobody to tell"),
                        ],
                        max_length=8,
                    ),
                ),
                ("happened_at", models.DateTimeField()),
                (
                    "alert",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="matches",
                        to="wagtail_visit_alerts.alert",
                    ),
                ),
                (
                    "contact",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="matches",
                        to="wagtail_visit_alerts.contact",
                    ),
                ),
                (
                    "monitored_page",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="wagtail_visit_alerts.monitoredpage",
                    ),
                ),
            ],
            options={
                "verbose_name": "match",
                "verbose_name_plural": "matches",
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="MonthlyTotal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("month", models.DateField()),
                ("matched", models.PositiveIntegerField(default=0)),
                ("raised", models.PositiveIntegerField(default=0)),
                ("capped", models.PositiveIntegerField(default=0)),
                ("nobody", models.PositiveIntegerField(default=0)),
                ("too_short", models.PositiveIntegerField(default=0)),
                ("closed", models.PositiveIntegerField(default=0)),
                ("sent", models.PositiveIntegerField(default=0)),
                ("failed", models.PositiveIntegerField(default=0)),
                ("taken", models.PositiveIntegerField(default=0)),
                ("most_in_a_day", models.PositiveIntegerField(default=0)),
                (
                    "alert",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="monthly_totals",
                        to="wagtail_visit_alerts.alert",
                    ),
                ),
            ],
            options={
                "verbose_name": "monthly total",
                "verbose_name_plural": "monthly totals",
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="Mute",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("email", models.EmailField(max_length=254, verbose_name="e-mail address")),
                ("email_key", models.CharField(editable=False, max_length=254)),
                ("until", models.DateTimeField(null=True, verbose_name="until")),
                ("made_at", models.DateTimeField()),
                (
                    "alert",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="mutes",
                        to="wagtail_visit_alerts.alert",
                    ),
                ),
                (
                    "contact",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="mutes",
                        to="wagtail_visit_alerts.contact",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "mute",
                "verbose_name_plural": "mutes",
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="Notification",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("alert_name", models.CharField(max_length=255, verbose_name="alert name")),
                ("raised_at", models.DateTimeField()),
                (
                    "alert",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="notifications",
                        to="wagtail_visit_alerts.alert",
                    ),
                ),
                (
                    "contact",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notifications",
                        to="wagtail_visit_alerts.contact",
                    ),
                ),
                (
                    "match",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notification",
                        to="wagtail_visit_alerts.match",
                    ),
                ),
            ],
            options={
                "verbose_name": "notification",
                "verbose_name_plural": "notifications",
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "purpose",
                    models.CharField(
                        choices=[
                            ("alert", "alert"),
                            ("taken", "somebody has taken the contact"),
                            ("given_up", "the alert could not be delivered to somebody else"),
                        ],
                        default="alert",
                        max_length=8,
                    ),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("me", "chose to receive this alert"),
                            ("owner", "the contact's main owner"),
                            ("deputy", "deputy of the contact's main owner, who is away"),
                            ("fallback", "stands in, because the contact has no active owner"),
                            ("default", "the site's default address, because nobody else is left"),
                            ("cc", "in CC"),
                            ("destination", "a destination that the alert names"),
                        ],
                        max_length=11,
                    ),
                ),
                ("email", models.EmailField(blank=True, max_length=254)),
                ("email_key", models.CharField(editable=False, max_length=254)),
                ("email_id", models.UUIDField(db_index=True, default=uuid.uuid4)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("waiting", "waiting"),
                            ("claimed", "being sent"),
                            ("sent", "sent"),
                            ("failed", "failed"),
                            ("cancelled", "cancelled"),
                        ],
                        default="waiting",
                        max_length=9,
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("first_tried_at", models.DateTimeField(null=True)),
                ("due_at", models.DateTimeField()),
                (
                    "waits_for",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "nothing"),
                            ("hours", "the recipient's sending hours"),
                            ("digest", "the recipient's next digest"),
                            ("ceiling", "a digest, because there were too many alerts within an hour"),
                            ("hold", "a sign that no mail scanner opened the link"),
                        ],
                        default="",
                        max_length=7,
                    ),
                ),
                ("claim", models.UUIDField(null=True)),
                ("claimed_until", models.DateTimeField(null=True)),
                ("sent_at", models.DateTimeField(null=True)),
                ("failed_at", models.DateTimeField(null=True)),
                ("reason", models.CharField(blank=True, max_length=255)),
                ("attachment_fault", models.CharField(blank=True, max_length=255)),
                ("resend", models.PositiveSmallIntegerField(default=0)),
                (
                    "resent_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "destination",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="wagtail_visit_alerts.destination",
                    ),
                ),
                (
                    "notification",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="deliveries",
                        to="wagtail_visit_alerts.notification",
                    ),
                ),
            ],
            options={
                "verbose_name": "delivery",
                "verbose_name_plural": "deliveries",
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="NotRecorded",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField()),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("bot", "a bot, by what it calls itself"),
                            ("prefetch", "loaded before anybody wanted to see it"),
                            ("link", "a signed link that a program checked"),
                            ("staff", "the site's own staff"),
                            ("network", "an excluded network"),
                            ("out", "opted out in this browser"),
                            ("signal", "the browser asks not to be recorded (GPC or DNT)"),
                            ("consent", "no consent"),
                            ("off", "not recorded earlier that day: mostly staff"),
                            ("many", "more messages than a person can send"),
                            ("refused", "a message of another site, or one that can't be read"),
                            ("fault", "the database could not write"),
                        ],
                        max_length=8,
                    ),
                ),
                ("number", models.PositiveIntegerField()),
            ],
            options={
                "verbose_name": "not recorded",
                "verbose_name_plural": "not recorded",
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(fields=("day", "reason"), name="visit_alerts_not_recorded_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="PageView",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("is_confirmed", models.BooleanField(default=True)),
                (
                    "source",
                    models.PositiveSmallIntegerField(
                        choices=[
                            (1, "seen by the server only"),
                            (2, "seen by the browser"),
                            (3, "seen by server and browser"),
                        ]
                    ),
                ),
                ("beacon_id", models.UUIDField(null=True)),
                ("tab_id", models.UUIDField(null=True)),
                ("follows_id", models.UUIDField(null=True)),
                ("entered_at", models.DateTimeField()),
                ("anchored_at", models.DateTimeField(null=True)),
                (
                    "ending",
                    models.PositiveSmallIntegerField(
                        choices=[
                            (0, "still open"),
                            (1, "moved on to another page"),
                            (2, "left the site"),
                            (3, "closed"),
                        ],
                        default=0,
                    ),
                ),
                ("ended_at", models.DateTimeField(null=True)),
                ("dwell_ms", models.PositiveIntegerField(null=True)),
                ("engaged_ms", models.PositiveIntegerField(null=True)),
                ("left_after_ms", models.PositiveIntegerField(null=True)),
                ("sweep_at", models.DateTimeField(db_index=True, null=True)),
                (
                    "address",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="wagtail_visit_alerts.address",
                    ),
                ),
                (
                    "came_from",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="wagtail_visit_alerts.address",
                    ),
                ),
                (
                    "contact",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="page_views",
                        to="wagtail_visit_alerts.contact",
                    ),
                ),
                (
                    "page",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=PAGE_MODEL
                    ),
                ),
            ],
            options={
                "verbose_name": "page view",
                "verbose_name_plural": "page views",
                "base_manager_name": "objects",
            },
        ),
        migrations.AddField(
            model_name="match",
            name="page_view",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="matches",
                to="wagtail_visit_alerts.pageview",
            ),
        ),
        migrations.CreateModel(
            name="ReaderPreferences",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "pace",
                    models.CharField(
                        choices=[
                            ("at_once", "at once, an e-mail for each visit"),
                            ("hourly", "once an hour, all in one e-mail"),
                            ("daily", "once a day, all in one e-mail"),
                        ],
                        default="at_once",
                        max_length=7,
                        verbose_name="how often",
                    ),
                ),
                ("hours_from", models.TimeField(blank=True, null=True, verbose_name="from")),
                ("hours_until", models.TimeField(blank=True, null=True, verbose_name="until")),
                ("days", models.JSONField(blank=True, default=list, verbose_name="days")),
                ("away_from", models.DateField(blank=True, null=True, verbose_name="away from")),
                ("away_until", models.DateField(blank=True, null=True, verbose_name="away until")),
                (
                    "deputy",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="deputy",
                    ),
                ),
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="visit_alerts_preferences",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "preferences of a recipient",
                "verbose_name_plural": "preferences of recipients",
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="Recipient",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "alert",
                    modelcluster.fields.ParentalKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="recipients",
                        to="wagtail_visit_alerts.alert",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "recipient",
                "verbose_name_plural": "recipients",
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="SignedLink",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("token_hash", models.CharField(editable=False, max_length=64, unique=True)),
                ("shared_at", models.DateTimeField(null=True)),
                ("first_opened_at", models.DateTimeField()),
                (
                    "contact",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="signed_links",
                        to="wagtail_visit_alerts.contact",
                    ),
                ),
            ],
            options={
                "verbose_name": "signed link",
                "verbose_name_plural": "signed links",
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="Slot",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("period", models.CharField(max_length=10)),
                ("number", models.PositiveSmallIntegerField()),
                ("taken_at", models.DateTimeField()),
                (
                    "alert",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="slots",
                        to="wagtail_visit_alerts.alert",
                    ),
                ),
                (
                    "contact",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="slots",
                        to="wagtail_visit_alerts.contact",
                    ),
                ),
                (
                    "match",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="slot",
                        to="wagtail_visit_alerts.match",
                    ),
                ),
            ],
            options={
                "verbose_name": "slot",
                "verbose_name_plural": "slots",
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="SubmittedForm",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(blank=True, max_length=255)),
                ("submitted_at", models.DateTimeField()),
                (
                    "contact",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="submitted_forms",
                        to="wagtail_visit_alerts.contact",
                    ),
                ),
                (
                    "page",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=PAGE_MODEL
                    ),
                ),
            ],
            options={
                "verbose_name": "submitted form",
                "verbose_name_plural": "submitted forms",
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="Taking",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("email", models.EmailField(max_length=254)),
                ("taken_at", models.DateTimeField(db_index=True)),
                (
                    "notification",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="taking",
                        to="wagtail_visit_alerts.notification",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "taking of a contact",
                "verbose_name_plural": "takings of contacts",
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="TestVisit",
            fields=[
                (
                    "token",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("alert_data", models.JSONField(null=True)),
                ("started_at", models.DateTimeField()),
                ("findings", models.JSONField(default=list)),
                (
                    "contact",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="wagtail_visit_alerts.contact",
                    ),
                ),
                (
                    "tester",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "test visit",
                "verbose_name_plural": "test visits",
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="UnmetMinimum",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("short", "moved on before the minimum time"),
                            ("closed", "closed before the minimum time had counted"),
                        ],
                        max_length=6,
                    ),
                ),
                ("happened_at", models.DateTimeField()),
                (
                    "alert",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="unmet_minimums",
                        to="wagtail_visit_alerts.alert",
                    ),
                ),
                (
                    "contact",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="unmet_minimums",
                        to="wagtail_visit_alerts.contact",
                    ),
                ),
                (
                    "page_view",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="unmet_minimums",
                        to="wagtail_visit_alerts.pageview",
                    ),
                ),
            ],
            options={
                "verbose_name": "unmet minimum time",
                "verbose_name_plural": "unmet minimum times",
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="Visitor",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key_hash", models.CharField(editable=False, max_length=64, unique=True)),
                (
                    "identified_by",
                    models.PositiveSmallIntegerField(
                        choices=[
                            (0, "not identified"),
                            (10, "by a link sent to them"),
                            (20, "by a form"),
                            (30, "by the site"),
                            (40, "by their login"),
                        ],
                        default=0,
                    ),
                ),
                ("identified_at", models.DateTimeField(null=True)),
                ("session_hash", models.CharField(blank=True, max_length=32)),
                ("consents", models.BooleanField(null=True)),
                ("beacon_seen_at", models.DateTimeField(null=True)),
                ("last_seen_at", models.DateTimeField()),
                ("retired_at", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "contact",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="visitors",
                        to="wagtail_visit_alerts.contact",
                    ),
                ),
                (
                    "user_agent",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="wagtail_visit_alerts.useragent",
                    ),
                ),
            ],
            options={
                "verbose_name": "visitor",
                "verbose_name_plural": "visitors",
                "base_manager_name": "objects",
            },
        ),
        migrations.AddField(
            model_name="pageview",
            name="visitor",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="page_views",
                to="wagtail_visit_alerts.visitor",
            ),
        ),
        migrations.CreateModel(
            name="LinkUse",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("network_hash", models.CharField(blank=True, db_index=True, max_length=32)),
                (
                    "sign",
                    models.CharField(
                        choices=[
                            ("pointer", "pointer"),
                            ("key", "key"),
                            ("touch", "touch"),
                            ("scroll", "scrolling"),
                            ("visible", "in view for 5 seconds"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("identified", "recognised the contact"),
                            ("known", "the browser was the contact's already"),
                            ("weaker", "the browser is known more surely as somebody else's"),
                            ("network", "another network opened it within 30 seconds"),
                            (
                                "burst",
                                "several links of the contact were opened within seconds, as mail scanners do",
                            ),
                            ("shared", "more browsers opened it than one person has"),
                            ("staff", "the browser is a colleague's"),
                        ],
                        max_length=10,
                    ),
                ),
                ("opened_at", models.DateTimeField(db_index=True)),
                (
                    "address",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="wagtail_visit_alerts.address",
                    ),
                ),
                (
                    "link",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="uses",
                        to="wagtail_visit_alerts.signedlink",
                    ),
                ),
                (
                    "visitor",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="link_uses",
                        to="wagtail_visit_alerts.visitor",
                    ),
                ),
            ],
            options={
                "verbose_name": "opening of a signed link",
                "verbose_name_plural": "openings of signed links",
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="WizardRun",
            fields=[
                (
                    "token",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("alert_version", models.PositiveIntegerField(null=True)),
                ("steps", models.JSONField(default=dict)),
                ("is_touched", models.BooleanField(default=False)),
                ("saved_at", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "alert",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="wizard_runs",
                        to="wagtail_visit_alerts.alert",
                    ),
                ),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "copied_from",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="wagtail_visit_alerts.alert",
                    ),
                ),
                (
                    "test_visit",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="wagtail_visit_alerts.testvisit",
                    ),
                ),
            ],
            options={
                "verbose_name": "run of the wizard",
                "verbose_name_plural": "runs of the wizard",
                "base_manager_name": "objects",
            },
        ),
        migrations.AddConstraint(
            model_name="alert",
            constraint=models.CheckConstraint(
                condition=models.Q(("cap_times__gte", 1), ("cap_times__lte", 100)),
                name="visit_alerts_alert_cap_times",
            ),
        ),
        migrations.AddConstraint(
            model_name="alert",
            constraint=models.CheckConstraint(
                condition=models.Q(("cap_period__in", ["day", "week", "month"])),
                name="visit_alerts_alert_cap_period",
            ),
        ),
        migrations.AddConstraint(
            model_name="alert",
            constraint=models.CheckConstraint(
                condition=models.Q(("clock__in", ["moved_on", "in_view"])), name="visit_alerts_alert_clock"
            ),
        ),
        migrations.AddConstraint(
            model_name="alert",
            constraint=models.CheckConstraint(
                condition=models.Q(("attachment_source__in", ["none", "text", "template"])),
                name="visit_alerts_alert_attachment",
            ),
        ),
        migrations.AddConstraint(
            model_name="alert",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("fallback_user__isnull", True), ("fallback_group__isnull", True), _connector="OR"
                ),
                name="visit_alerts_alert_one_fallback",
            ),
        ),
        migrations.AddIndex(
            model_name="contactnote",
            index=models.Index(fields=["contact", "written_at"], name="visit_alerts_note_contact"),
        ),
        migrations.AddIndex(
            model_name="dailyactivity",
            index=models.Index(fields=["day", "contact"], name="visit_alerts_activity_day"),
        ),
        migrations.AddConstraint(
            model_name="dailyactivity",
            constraint=models.UniqueConstraint(fields=("contact", "day"), name="visit_alerts_activity_once"),
        ),
        migrations.AddIndex(
            model_name="dailylatency",
            index=models.Index(fields=["day", "alert"], name="visit_alerts_latency_day"),
        ),
        migrations.AddIndex(
            model_name="dailylatency",
            index=models.Index(fields=["contact", "day"], name="visit_alerts_latency_contact"),
        ),
        migrations.AddConstraint(
            model_name="dailylatency",
            constraint=models.UniqueConstraint(
                fields=("alert", "day", "contact", "seconds"), name="visit_alerts_latency_once"
            ),
        ),
        migrations.AddIndex(
            model_name="dailypagetotal",
            index=models.Index(fields=["day", "alert"], name="visit_alerts_ptotal_day"),
        ),
        migrations.AddIndex(
            model_name="dailypagetotal",
            index=models.Index(fields=["contact", "day"], name="visit_alerts_ptotal_contact"),
        ),
        migrations.AddConstraint(
            model_name="dailypagetotal",
            constraint=models.UniqueConstraint(
                fields=("alert", "day", "contact", "address"), name="visit_alerts_page_total_once"
            ),
        ),
        migrations.AddIndex(
            model_name="dailytotal",
            index=models.Index(fields=["day", "alert"], name="visit_alerts_total_day"),
        ),
        migrations.AddIndex(
            model_name="dailytotal",
            index=models.Index(fields=["contact", "day"], name="visit_alerts_total_contact"),
        ),
        migrations.AddConstraint(
            model_name="dailytotal",
            constraint=models.UniqueConstraint(
                fields=("alert", "day", "contact"), name="visit_alerts_daily_total_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="alertdestination",
            constraint=models.UniqueConstraint(
                fields=("alert", "destination"), name="visit_alerts_destination_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="loss",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kind__in", ["page", "exception", "recipient", "fallback", "owner", "destination"])
                ),
                name="visit_alerts_loss_kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="monitoredpage",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "page"), ("path", ""), ("site__isnull", True)),
                    models.Q(("kind", "url"), ("page__isnull", True), models.Q(("path", ""), _negated=True)),
                    _connector="OR",
                ),
                name="visit_alerts_monitored_page_kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="monitoredpage",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("minimum_minutes__isnull", True),
                    models.Q(("minimum_minutes__gte", 0), ("minimum_minutes__lte", 1440)),
                    _connector="OR",
                ),
                name="visit_alerts_monitored_page_minutes",
            ),
        ),
        migrations.AddIndex(
            model_name="monthlytotal",
            index=models.Index(fields=["month", "alert"], name="visit_alerts_month_alert"),
        ),
        migrations.AddIndex(
            model_name="mute",
            index=models.Index(fields=["email_key", "alert"], name="visit_alerts_mute_of"),
        ),
        migrations.AddIndex(
            model_name="notification",
            index=models.Index(fields=["alert", "raised_at"], name="visit_alerts_ntf_alert"),
        ),
        migrations.AddIndex(
            model_name="notification",
            index=models.Index(fields=["raised_at"], name="visit_alerts_ntf_raised"),
        ),
        migrations.AddIndex(
            model_name="notification",
            index=models.Index(fields=["contact", "raised_at"], name="visit_alerts_ntf_contact"),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(fields=["status", "due_at"], name="visit_alerts_delivery_due"),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(fields=["email_key", "sent_at"], name="visit_alerts_delivery_sent"),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(fields=["failed_at"], name="visit_alerts_delivery_failed"),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(fields=["sent_at"], name="visit_alerts_delivery_lately"),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.UniqueConstraint(
                fields=("notification", "email_key", "purpose", "resend"), name="visit_alerts_delivery_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", ["waiting", "claimed", "sent", "failed", "cancelled"])),
                name="visit_alerts_delivery_status",
            ),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "claimed"), _negated=True),
                    models.Q(("claim__isnull", False), ("claimed_until__isnull", False)),
                    _connector="OR",
                ),
                name="visit_alerts_delivery_claim",
            ),
        ),
        migrations.AddIndex(
            model_name="match",
            index=models.Index(fields=["alert", "happened_at"], name="visit_alerts_match_alert"),
        ),
        migrations.AddIndex(
            model_name="match",
            index=models.Index(fields=["happened_at"], name="visit_alerts_match_happened"),
        ),
        migrations.AddIndex(
            model_name="match",
            index=models.Index(fields=["contact", "happened_at"], name="visit_alerts_match_contact"),
        ),
        migrations.AddConstraint(
            model_name="match",
            constraint=models.UniqueConstraint(fields=("page_view", "alert"), name="visit_alerts_match_once"),
        ),
        migrations.AddConstraint(
            model_name="match",
            constraint=models.CheckConstraint(
                condition=models.Q(("outcome__in", ["raised", "capped", "nobody"])),
                name="visit_alerts_match_outcome",
            ),
        ),
        migrations.AddConstraint(
            model_name="readerpreferences",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("away_from__isnull", True),
                    ("away_until__isnull", True),
                    ("away_from__lte", models.F("away_until")),
                    _connector="OR",
                ),
                name="visit_alerts_preferences_away",
            ),
        ),
        migrations.AddConstraint(
            model_name="recipient",
            constraint=models.UniqueConstraint(fields=("alert", "user"), name="visit_alerts_recipient_once"),
        ),
        migrations.AddConstraint(
            model_name="slot",
            constraint=models.UniqueConstraint(
                fields=("alert", "contact", "period", "number"), name="visit_alerts_slot_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="slot",
            constraint=models.CheckConstraint(
                condition=models.Q(("number__gte", 1)), name="visit_alerts_slot_number"
            ),
        ),
        migrations.AddIndex(
            model_name="submittedform",
            index=models.Index(fields=["contact", "submitted_at"], name="visit_alerts_form_contact"),
        ),
        migrations.AddIndex(
            model_name="unmetminimum",
            index=models.Index(fields=["alert", "happened_at"], name="visit_alerts_unmet_alert"),
        ),
        migrations.AddIndex(
            model_name="unmetminimum",
            index=models.Index(fields=["happened_at"], name="visit_alerts_unmet_happened"),
        ),
        migrations.AddIndex(
            model_name="unmetminimum",
            index=models.Index(fields=["contact", "happened_at"], name="visit_alerts_unmet_contact"),
        ),
        migrations.AddConstraint(
            model_name="unmetminimum",
            constraint=models.UniqueConstraint(fields=("page_view", "alert"), name="visit_alerts_unmet_once"),
        ),
        migrations.AddConstraint(
            model_name="unmetminimum",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["short", "closed"])), name="visit_alerts_unmet_kind"
            ),
        ),
        migrations.AddIndex(
            model_name="visitor",
            index=models.Index(fields=["identified_at"], name="visit_alerts_identified"),
        ),
        migrations.AddConstraint(
            model_name="visitor",
            constraint=models.CheckConstraint(
                condition=models.Q(("contact__isnull", True), ("identified_by__gt", 0), _connector="OR"),
                name="visit_alerts_visitor_identified",
            ),
        ),
        migrations.AddIndex(
            model_name="pageview",
            index=models.Index(fields=["contact", "entered_at"], name="visit_alerts_pv_contact"),
        ),
        migrations.AddIndex(
            model_name="pageview",
            index=models.Index(fields=["visitor", "entered_at"], name="visit_alerts_pv_visitor"),
        ),
        migrations.AddIndex(
            model_name="pageview",
            index=models.Index(
                fields=["entered_at", "contact", "address", "page"], name="visit_alerts_pv_recent"
            ),
        ),
        migrations.AddConstraint(
            model_name="pageview",
            constraint=models.UniqueConstraint(
                fields=("visitor", "beacon_id"), name="visit_alerts_page_view_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="pageview",
            constraint=models.CheckConstraint(
                condition=models.Q(("dwell_ms__isnull", True), ("ending", 1), _connector="OR"),
                name="visit_alerts_page_view_dwell",
            ),
        ),
        migrations.AddIndex(
            model_name="linkuse",
            index=models.Index(fields=["link", "opened_at"], name="visit_alerts_link_use"),
        ),
    ]
