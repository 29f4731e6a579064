from django.apps import AppConfig


class UtilitiesConfig(AppConfig):
    name = "wattkeeper.utilities"
    label = "utilities"
