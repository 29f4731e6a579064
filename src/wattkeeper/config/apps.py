from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "wattkeeper.config"
    label = "config"
