from django.apps import AppConfig


class GreenbuttonConfig(AppConfig):
    name = "wattkeeper.greenbutton"
    label = "greenbutton"
