"""Addresses that only the demo answers."""

from django.urls import path

from wattkeeper.sandbox import mailbox

app_name = "sandbox"
urlpatterns = [
    path("demo/mail", mailbox.inbox, name="mailbox"),
    path("demo/mail/<uuid:uid>", mailbox.one, name="mail"),
    path("demo/mail/<uuid:uid>/body", mailbox.body, name="mail_body"),
    path("demo/mail/<uuid:uid>/<str:name>", mailbox.attachment, name="mail_attachment"),
]
