from django.apps import AppConfig


class ReadingsConfig(AppConfig):
    name = "wattkeeper.readings"
    label = "readings"
