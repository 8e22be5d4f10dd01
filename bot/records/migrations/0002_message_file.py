from django.db import migrations

import bot.records.sealing


class Migration(migrations.Migration):
    dependencies = [("records", "0001_first")]

    operations = [
        migrations.AddField(
            model_name="message",
            name="file",
            field=bot.records.sealing.SealedJSONField(default=None, null=True),
        ),
    ]
