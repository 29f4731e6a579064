from django.apps import AppConfig


class OauthConfig(AppConfig):
    name = "wattkeeper.oauth"
    label = "oauth"
