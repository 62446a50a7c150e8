import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

PAGE_MODEL = getattr(settings, "WAGTAIL_PAGE_MODEL", "wagtailcore.Page")
LATEST = {
    "basepage.BasePage": ("basepage", "0003_finalize_basepage_model"),
    "wagtailcore.Page": ("wagtailcore", "0094_alter_page_locale"),
}


class Migration(migrations.Migration):
    initial = True

    dependencies = [LATEST[PAGE_MODEL]]

    operations = [
        migrations.CreateModel(
            name="ArticlePage",
            fields=[
                (
                    "base",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        parent_link=True,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to=PAGE_MODEL,
                    ),
                ),
            ],
            options={"abstract": False},
            bases=(PAGE_MODEL.lower(),),
        ),
    ]
