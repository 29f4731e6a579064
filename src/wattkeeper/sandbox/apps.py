from django.apps import AppConfig


class SandboxConfig(AppConfig):
    name = "wattkeeper.sandbox"
    label = "sandbox"
