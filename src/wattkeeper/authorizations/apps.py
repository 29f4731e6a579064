from django.apps import AppConfig


class AuthorizationsConfig(AppConfig):
    name = "wattkeeper.authorizations"
    label = "authorizations"
