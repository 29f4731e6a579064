from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "wattkeeper.api"
    label = "api"
