from django.apps import AppConfig


class CompaniesConfig(AppConfig):
    name = "wattkeeper.companies"
    label = "companies"
