from django.apps import AppConfig


class CustomersConfig(AppConfig):
    name = "wattkeeper.customers"
    label = "customers"
