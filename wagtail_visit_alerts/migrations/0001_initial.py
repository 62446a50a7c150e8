import django.core.validators
import django.db.models.deletion
import modelcluster.contrib.taggit
import modelcluster.fields
import modelsearch.index
import uuid
import wagtail_visit_alerts.models.contact
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models


# A fixed name on Wagtail 7.4, a setting from 8.0 on: makemigrations on 8.0 writes a form that 7.4 lacks.
PAGE_MODEL = getattr(settings, "WAGTAIL_PAGE_MODEL", "wagtailcore.Page")


class Migration(migrations.Migration):
    initial = True

    dependencies = [
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
                ("is_on", models.BooleanField(default=False, verbose_name="on")),
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
                ("description", models.TextField(blank=True, verbose_name="description")),
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
                    "role",
                    models.CharField(
                        choices=[
                            ("me", "chose to receive this alert"),
                            ("owner", "the contact's main owner"),
                            ("fallback", "the alert's author, because the contact has no active owner"),
                            ("cc", "in CC"),
                        ],
                        max_length=8,
                    ),
                ),
                ("email", models.EmailField(max_length=254)),
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
                ("due_at", models.DateTimeField()),
                ("claim", models.UUIDField(null=True)),
                ("claimed_until", models.DateTimeField(null=True)),
                ("sent_at", models.DateTimeField(null=True)),
                ("reason", models.CharField(blank=True, max_length=255)),
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
            name="WizardRun",
            fields=[
                (
                    "token",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("alert_version", models.PositiveIntegerField(null=True)),
                ("steps", models.JSONField(default=dict)),
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
            model_name="notification",
            index=models.Index(fields=["alert", "raised_at"], name="visit_alerts_ntf_alert"),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(fields=["status", "due_at"], name="visit_alerts_delivery_due"),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.UniqueConstraint(
                fields=("notification", "email_key"), name="visit_alerts_delivery_once"
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
    ]
