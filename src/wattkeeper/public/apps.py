from django.apps import AppConfig


class PublicConfig(AppConfig):
    name = "wattkeeper.public"
    label = "public"
