from django.apps import AppConfig


class ConsentConfig(AppConfig):
    name = "wattkeeper.consent"
    label = "consent"
