"""Addresses of the pages of a customer's own data."""

from django.urls import path

from wattkeeper.mydata import downloads, tokens, views

app_name = "mydata"
urlpatterns = [
    path("my-data", views.use, name="use"),
    path("my-data/bills", views.bills, name="bills"),
    path("my-data/bills/pdf", views.bill_file, name="bill_file"),
    path("my-data/download", downloads.download, name="download"),
    path("my-data/programs", tokens.programs, name="programs"),
    path("my-data/programs/<uuid:uid>/stop", tokens.stop, name="stop"),
]
