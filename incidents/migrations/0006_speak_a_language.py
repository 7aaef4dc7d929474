from django.db import migrations, models

import statuspage.lib.language


class Migration(migrations.Migration):

    dependencies = [
        ('incidents', '0005_console_name_severities'),
    ]

    operations = [
        migrations.AddField(
            model_name='site',
            name='language',
            field=models.CharField(choices=statuspage.lib.language.choices, db_default='en', default='en', help_text='Of the page, feeds, mails and SMS. What you write yourself stays as you write it; these screens stay in English.', max_length=10),
        ),
    ]
