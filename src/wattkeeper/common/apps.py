from django.apps import AppConfig


class CommonConfig(AppConfig):
    name = "wattkeeper.common"
    label = "common"
