"""The audit trail: rows that are written once and sealed once. The database refuses all else."""

import wattkeeper.common.clock
from django.db import migrations, models
from wattkeeper.common.triggers import Refusal, Refuse

ENTRY, HEAD = "common_auditentry", "common_audithead"
CONTENT = "id, at, action, actor_kind, actor, utility_code, registration_uid, authorization_uid, data"
KEEPS = "a row of the audit trail is never changed or deleted"
REFUSALS = (
    Refusal("audit_is_written_unsealed", ENTRY, "INSERT", "a row of the audit trail is sealed after it was written",
            "NEW.position IS NOT NULL OR NEW.hash IS NOT NULL"),
    Refusal("audit_keeps_content", ENTRY, f"UPDATE OF {CONTENT}", KEEPS),
    Refusal("audit_is_sealed_once", ENTRY, "UPDATE OF position, hash", KEEPS,
            "OLD.position IS NOT NULL OR NEW.position IS NULL OR NEW.hash IS NULL"),
    Refusal("audit_keeps_rows", ENTRY, "DELETE", KEEPS),
    Refusal("audit_keeps_all_rows", ENTRY, "TRUNCATE", KEEPS),
    Refusal("audit_head_goes_on", HEAD, "UPDATE", "the head of the audit chain only moves on",
            "NEW.id <> OLD.id OR NEW.position < OLD.position"),
    Refusal("audit_head_stays", HEAD, "DELETE", "the head of the audit chain is never deleted"),
    Refusal("audit_head_stays_too", HEAD, "TRUNCATE", "the head of the audit chain is never deleted"),
)


class Migration(migrations.Migration):

    dependencies = [
        ('common', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='AuditHead',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.BigIntegerField()),
                ('hash', models.CharField(max_length=64)),
                ('at', models.DateTimeField(default=wattkeeper.common.clock.now, help_text='When its last row was sealed')),
            ],
        ),
        migrations.CreateModel(
            name='AuditEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(default=wattkeeper.common.clock.now)),
                ('action', models.CharField(max_length=40)),
                ('actor_kind', models.CharField(max_length=10)),
                ('actor', models.CharField(blank=True, help_text="The actor's own uid, where it has one", max_length=36)),
                ('utility_code', models.CharField(blank=True, max_length=16)),
                ('registration_uid', models.UUIDField(null=True)),
                ('authorization_uid', models.UUIDField(null=True)),
                ('data', models.TextField(help_text='JSON, kept as text: the very bytes are hashed')),
                ('position', models.BigIntegerField(help_text='Its place in the chain, from 1', null=True, unique=True)),
                ('hash', models.CharField(max_length=64, null=True)),
            ],
            options={
                'verbose_name_plural': 'audit entries',
                'indexes': [models.Index(fields=['authorization_uid', 'action', 'id'], name='audit_of_authorization'), models.Index(condition=models.Q(('position__isnull', True)), fields=['id'], name='audit_not_sealed')],
            },
        ),
        Refuse(*REFUSALS),
    ]
