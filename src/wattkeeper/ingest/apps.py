from django.apps import AppConfig


class IngestConfig(AppConfig):
    name = "wattkeeper.ingest"
    label = "ingest"
