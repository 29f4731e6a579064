from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "wattkeeper.people"
    label = "people"
