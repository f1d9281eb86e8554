from django.db import migrations

from core.ids import new_public_id


def fill(apps, schema_editor):
    memberships = apps.get_model("accounts", "Membership")
    for pk in memberships.objects.values_list("pk", flat=True).iterator():
        memberships.objects.filter(pk=pk).update(public_id=new_public_id())


class Migration(migrations.Migration):
    """Every membership gets its own identifier: the step before gave all existing rows the same."""

    dependencies = [("accounts", "0004_membership_public_id")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop, elidable=True)]
