from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "wattkeeper.events"
    label = "events"
