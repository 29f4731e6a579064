"""Addresses of the customer's pages."""

from django.urls import path

from wattkeeper.consent import attempt_views, changes, door, lookup_views, mine, resume_views, sso, views

app_name = "consent"
urlpatterns = [
    path("authorize/<slug:portal>", door.enter, name="door"),
    path("consent/<uuid:uid>", views.start, name="start"),
    path("consent/<uuid:uid>/form", views.form, name="form"),
    path("consent/<uuid:uid>/done", views.done, name="done"),
    path("consent/<uuid:uid>/sign-out", views.sign_out, name="sign_out"),
    path("consent/<uuid:uid>/later", resume_views.later, name="later"),
    path("resume/<slug:secret>", resume_views.resume, name="resume"),
    path("sign-in/<uuid:uid>", attempt_views.attempt, name="attempt"),
    path("sign-in/<slug:slug>/sso", sso.begin, name="sso"),
    path("sign-in/<slug:slug>/answer", sso.answer, name="sso_answer"),
    path("sign-in/<slug:slug>/code", lookup_views.code, name="code"),
    path("sign-in/<slug:slug>/bill", lookup_views.bill, name="bill"),
    path("my-authorizations", mine.my_authorizations, name="mine"),
    path("my-authorizations/sign-out", mine.sign_out, name="mine_sign_out"),
    path("authorizations/<uuid:uid>/receipt", mine.receipt, name="receipt"),
    path("authorizations/<uuid:uid>/receipt.json", changes.receipt_file, name="receipt_file"),
    path("authorizations/<uuid:uid>/receipts/<uuid:receipt>.json", changes.receipt_file, name="receipt_file"),
    path("authorizations/<uuid:uid>/shorten", changes.shorten, name="shorten"),
    path("authorizations/<uuid:uid>/renew", changes.renew, name="renew"),
    path("authorizations/<uuid:uid>/stop", mine.stop, name="stop"),
]
