from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("occupations", "0001_initial"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="trade",
            options={"ordering": ["id"], "verbose_name": "trade", "verbose_name_plural": "trades"},
        ),
        migrations.RenameField(model_name="trade", old_name="code", new_name="id"),
        migrations.AlterField(
            model_name="trade",
            name="id",
            field=models.CharField(max_length=60, primary_key=True, serialize=False),
        ),
        migrations.AddField(
            model_name="trade",
            name="code",
            field=models.CharField(blank=True, default="", max_length=12, verbose_name="code"),
            preserve_default=False,
        ),
    ]
