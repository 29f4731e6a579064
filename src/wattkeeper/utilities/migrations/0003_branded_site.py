"""What a utility's own pages are made of: logo, contact, and its own texts in versions."""

import django.db.models.deletion
from django.db import migrations, models

import wattkeeper.common.clock
from wattkeeper.common import triggers


class Migration(migrations.Migration):
    dependencies = [("utilities", "0002_wall")]

    operations = [
        *triggers.around(
            migrations.AddField(
                "utility",
                "logo_name",
                models.CharField(blank=True, help_text="Under which its logo is served", max_length=32),
            ),
            migrations.AddField("utility", "postal_address", models.TextField(blank=True)),
            migrations.AddField(
                "utility",
                "support_hours",
                models.JSONField(blank=True, default=dict, help_text="language -> when somebody answers, a line"),
            ),
        ),
        migrations.CreateModel(
            name='Logo',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('content_type', models.CharField(max_length=32)),
                ('content', models.BinaryField()),
                ('utility', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='logo', to='utilities.utility')),
            ],
        ),
        migrations.CreateModel(
            name='SiteText',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('terms', 'Terms'), ('privacy', 'Privacy')], max_length=8)),
                ('version', models.PositiveIntegerField()),
                ('since', models.DateField(help_text='The local day from which it holds')),
                ('texts', models.JSONField(default=dict, help_text='language -> text; none: the standard text holds again')),
                ('created', models.DateTimeField(default=wattkeeper.common.clock.now, editable=False)),
                ('utility', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='site_texts', to='utilities.utility')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('utility', 'kind', 'version'), name='site_text_version')],
            },
        ),
    ]
