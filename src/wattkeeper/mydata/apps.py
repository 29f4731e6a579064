from django.apps import AppConfig


class MydataConfig(AppConfig):
    name = "wattkeeper.mydata"
    label = "mydata"
