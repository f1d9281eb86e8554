from django.db import migrations, models

import core.ids


def give_public_ids(apps, schema_editor):
    for contact in apps.get_model("schools", "SchoolContact").objects.all():
        contact.public_id = core.ids.new_public_id()
        contact.save(update_fields=["public_id"])


class Migration(migrations.Migration):
    """Contact persons are named in URLs: by an identifier that cannot be counted."""

    dependencies = [("schools", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="schoolcontact",
            name="public_id",
            field=models.CharField(default=core.ids.new_public_id, editable=False, max_length=12),
        ),
        migrations.RunPython(give_public_ids, migrations.RunPython.noop, elidable=True),
        migrations.AlterField(
            model_name="schoolcontact",
            name="public_id",
            field=models.CharField(default=core.ids.new_public_id, editable=False, max_length=12, unique=True),
        ),
    ]
