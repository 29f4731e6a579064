from django.apps import AppConfig


class DeliveryConfig(AppConfig):
    name = "wattkeeper.delivery"
    label = "delivery"
