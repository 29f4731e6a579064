"""Addresses of the customer's pages."""

from django.urls import path

from wattkeeper.consent import changes, mine, views

app_name = "consent"
urlpatterns = [
    path("consent/<uuid:uid>", views.start, name="start"),
    path("consent/<uuid:uid>/form", views.form, name="form"),
    path("consent/<uuid:uid>/done", views.done, name="done"),
    path("consent/<uuid:uid>/sign-out", views.sign_out, name="sign_out"),
    path("my-authorizations", mine.my_authorizations, name="mine"),
    path("my-authorizations/sign-out", mine.sign_out, name="mine_sign_out"),
    path("authorizations/<uuid:uid>/receipt", mine.receipt, name="receipt"),
    path("authorizations/<uuid:uid>/receipt.json", changes.receipt_file, name="receipt_file"),
    path("authorizations/<uuid:uid>/receipts/<uuid:receipt>.json", changes.receipt_file, name="receipt_file"),
    path("authorizations/<uuid:uid>/shorten", changes.shorten, name="shorten"),
    path("authorizations/<uuid:uid>/renew", changes.renew, name="renew"),
    path("authorizations/<uuid:uid>/stop", mine.stop, name="stop"),
]
